import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isImport, isWrite } from "./counting-proxy.mjs";
import { createIdleStack } from "./idle-stack.mjs";
import { createStack } from "./pulumi-stack.mjs";

/**
 * @typedef {object} Bench
 * @property {Awaited<ReturnType<import("./target.mjs").openTarget>>} target
 * @property {Awaited<ReturnType<import("./target.mjs").openTarget>>} [source] another server, for what needs two
 * @property {string} folder for everything that is written
 * @property {string} bin folder of the Pulumi CLI
 * @property {number} rounds how often each thing is measured; the median counts
 * @property {<T>(title: string, fn: () => Promise<T>) => Promise<T>} step
 */

/** @param {number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((left, right) => left - right);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}

/**
 * First deployments of a corpus to an empty server: the raw import, `pulumi-superset deploy` and a plain `pulumi up`.
 * They take turns, so that a busy machine is unfair to none.
 * @param {Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measureFirst(bench, corpus) {
  const raw = [];
  const deploy = [];
  const up = [];
  for (let round = 1; round <= bench.rounds; round += 1) {
    const title = (what) => `${what}, ${round} of ${bench.rounds}`;
    raw.push(await bench.step(title("raw import"), () => importRaw(bench, corpus)));
    deploy.push(await bench.step(title("first `up`, recommended flags"), () => runFirst(bench, corpus, "deploy")));
    up.push(await bench.step(title("first plain `pulumi up`"), () => runFirst(bench, corpus, "up")));
  }
  return { raw: median(raw), deploy: summarise(deploy), up: summarise(up) };
}

/** The median time, with the requests of the last run. */
export function summarise(runs) {
  const last = runs.at(-1);
  return { ...last, seconds: median(runs.map(({ seconds }) => seconds)) };
}

async function importRaw({ target }, corpus) {
  await target.reset(databaseNames(corpus));
  const seconds = await target.importRaw(corpus);
  await assertComplete(target, corpus);
  return seconds;
}

/** @param {"deploy" | "up"} how */
export async function runFirst(bench, corpus, how) {
  await bench.target.reset(databaseNames(corpus));
  const stack = await makeStack(bench, corpus, `first-${how}`);
  try {
    const run = await counted(bench, stack[how]);
    await assertComplete(bench.target, corpus);
    return run;
  } finally {
    stack.remove();
  }
}

/**
 * What is done when nothing, or one chart, has changed, against a stack of the same size whose hooks do nothing.
 * @param {Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measureChanges(bench, corpus) {
  const { step, target } = bench;
  await target.reset(databaseNames(corpus));
  const stack = await makeStack(bench, corpus, "changes");
  await step("deployment to change", () => stack.deploy());
  const resources = stack.resources();
  const idle = await createIdleStack({ folder: join(bench.folder, "idle"), bin: bench.bin, resources });
  await step("the stack whose hooks do nothing", () => idle.up());
  const runs = { preview: [], up: [], changed: [], idlePreview: [], idleUp: [] };
  for (let round = 1; round <= bench.rounds; round += 1) {
    const title = (what) => `${what}, ${round} of ${bench.rounds}`;
    runs.idlePreview.push(await step(title("hooks that do nothing: preview"), () => idle.preview()));
    runs.preview.push(await step(title("nothing changed: preview"), () => counted(bench, stack.preview)));
    runs.idleUp.push(await step(title("hooks that do nothing: up"), () => idle.up()));
    runs.up.push(await step(title("nothing changed: up"), () => counted(bench, stack.up)));
    changeChart(corpus, round);
    runs.changed.push(await step(title("one chart changed: up"), () => counted(bench, stack.up)));
  }
  const state = { bytes: stack.stateBytes(), provider: longestProvider(resources) };
  const summaries = Object.fromEntries(Object.entries(runs).map(([name, list]) => [name, summarise(list)]));
  return { ...summaries, state };
}

/** One more line in a chart's description; the files are a copy. */
function changeChart(corpus, round) {
  const chart = corpus.files.find(({ kind }) => kind === "chart");
  const file = join(corpus.folder, chart.path);
  const text = readFileSync(file, "utf8");
  if (/^description:/m.test(text))
    writeFileSync(file, text.replace(/^description:.*$/m, `description: change ${round}`));
  else appendFileSync(file, `description: change ${round}\n`);
}

function longestProvider(resources) {
  return Math.max(...resources.map(({ inputs }) => inputs?.__provider?.length ?? 0));
}

/** Runs something, with the requests that it sends. */
export async function counted({ target }, run) {
  target.requests();
  const result = await run();
  const requests = target.requests();
  return {
    ...result,
    requests: requests.length,
    writes: requests.filter(isWrite).length,
    imports: requests.filter(isImport).map(({ took, sent }) => ({ seconds: took / 1000, bytes: sent })),
  };
}

/** A stack of this project on the bench's server. */
export function makeStack({ target, folder, bin }, corpus, name) {
  return createStack({ folder: join(folder, name), bin, settings: settingsOf(target, corpus) });
}

/** Settings of a stack that deploys a corpus to a server. */
export function settingsOf({ url }, { folder, databases, exclude }) {
  return {
    url,
    role: "development",
    auth: { username: "admin", passwordEnv: "SUPERSET_BENCH_PASSWORD" },
    assets: folder,
    databases,
    exclude,
    timeoutSeconds: 300,
  };
}

/** Names of the databases that must be on the server before a corpus goes there. */
export function databaseNames({ files }) {
  return files.filter(({ kind }) => kind === "database").map(({ title }) => title);
}

export async function assertComplete(target, { files }) {
  for (const kind of ["dataset", "chart", "dashboard"]) {
    const expected = files.filter((file) => file.kind === kind).length;
    const found = await target.count(kind);
    if (found !== expected) throw new Error(`The server has ${found} ${kind}s instead of ${expected}.`);
  }
}
