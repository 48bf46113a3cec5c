import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { assertComplete, counted, databaseNames, makeStack, median, settingsOf, summarise } from "./measure.mjs";

/**
 * What people do around deployments, as whole processes: an export beside a raw `assets/export` of the same server, a
 * comparison of two folders, and a sync of two servers that have the same.
 * @param {import("./measure.mjs").Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measureWorkflows(bench, corpus) {
  const { step, target, source, rounds, folder } = bench;
  for (const server of [target, source]) await server.reset(databaseNames(corpus));
  const stack = await makeStack(bench, corpus, "workflows");
  stack.addSettings("source", settingsOf(source, corpus));
  await step("raw import into the source", () => source.importRaw(corpus));
  await step("first sync of the source", () => stack.command("sync", "source", "bench", "--all", "--yes"));
  await assertComplete(target, corpus);
  const exported = join(folder, "exported");
  const runs = { raw: [], first: [], again: [], diff: [], sync: [] };
  for (let round = 1; round <= rounds; round += 1) {
    const time = (what, work) => step(`${what}, ${round} of ${rounds}`, work);
    const exportOnce = () => stack.command("export", "--from", "source", "--all", "-o", exported);
    rmSync(exported, { recursive: true, force: true });
    runs.raw.push(await time("raw `assets/export`", () => source.exportRaw()));
    runs.first.push(await time("`export`", exportOnce));
    runs.again.push(await time("`export` again", exportOnce));
    const copy = join(folder, `exported-${round}`);
    cpSync(exported, copy, { recursive: true });
    runs.diff.push(await time("`diff` of two folders", () => stack.command("diff", exported, copy)));
    const sync = () => stack.command("sync", "source", "bench", "--all", "--yes");
    runs.sync.push(await time("`sync`, nothing changed", () => counted(bench, sync)));
  }
  const { raw, ...commands } = runs;
  const summaries = Object.entries(commands).map(([name, list]) => [name, summarise(list)]);
  return { raw: median(raw), ...Object.fromEntries(summaries) };
}
