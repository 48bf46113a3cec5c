import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { ensureEnvironment } from "../scripts/lib/python.mjs";
import { ADMIN } from "../scripts/lib/superset.mjs";
import { assertComplete, counted, databaseNames, makeStack, summarise } from "./measure.mjs";
import { runMeasured } from "./run-measured.mjs";

/** The only other tool that reaches a server of one's own with a whole folder. */
const PEER = "preset-cli==0.3.13";

/**
 * The same files to the same server with `superset-cli` and with this project, in turns: to the empty server, once more
 * with nothing changed, and everything exported again.
 * @param {import("./measure.mjs").Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measurePeers(bench, corpus) {
  const { step, target, folder, rounds } = bench;
  const { venv } = await step(PEER, (log) => ensureEnvironment("preset-cli", [PEER], { log }));
  const peer = createPeer(join(venv, "bin", "superset-cli"), target.url);
  const runs = { peer: createLists(), own: createLists() };
  for (let round = 1; round <= rounds; round += 1) {
    const title = (what) => `${what}, ${round} of ${rounds}`;
    await target.reset(databaseNames(corpus));
    const raw = join(folder, `peer-${round}`);
    await target.writeRaw(corpus, raw);
    const push = () => counted(bench, () => peer("import-assets", raw, "--overwrite"));
    runs.peer.first.push(await step(title("superset-cli: first push"), push));
    await assertComplete(target, corpus);
    runs.peer.again.push(await step(title("superset-cli: nothing changed"), push));
    const exported = join(folder, `peer-exported-${round}`);
    mkdirSync(exported);
    const pull = () => counted(bench, () => peer("export-assets", exported));
    runs.peer.export.push(await step(title("superset-cli: export"), pull));
    await measureOwn(bench, corpus, runs.own, title);
  }
  const summarize = (lists) => Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, summarise(list)]));
  return { tool: PEER, peer: summarize(runs.peer), own: summarize(runs.own) };
}

async function measureOwn(bench, corpus, lists, title) {
  const { step, target, folder } = bench;
  await target.reset(databaseNames(corpus));
  const stack = await makeStack(bench, corpus, "peers");
  const exported = join(folder, "own-exported");
  const run = (what, work) => step(title(`pulumi-superset: ${what}`), () => counted(bench, work));
  lists.first.push(await run("first push", () => stack.deploy()));
  lists.again.push(await run("nothing changed", () => stack.deploy()));
  lists.export.push(await run("export", () => stack.command("export", "--from", "bench", "--all", "-o", exported)));
  rmSync(exported, { recursive: true });
  stack.remove();
}

function createLists() {
  return { first: [], again: [], export: [] };
}

/** Its password can be given as an argument only. */
function createPeer(program, url) {
  return (...args) =>
    runMeasured(program, ["-u", ADMIN.username, "-p", ADMIN.password, url, ...args], {
      cwd: ".",
      env: process.env,
    });
}
