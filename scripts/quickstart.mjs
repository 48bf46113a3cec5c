#!/usr/bin/env node
/**
 * From a fresh clone to a dashboard in a real Superset on this machine. Built-in modules only: it runs before `npm ci`.
 */
import { existsSync, rmSync } from "node:fs";
import { relative } from "node:path";
import { parseArgs } from "node:util";
import { reportFailure, SetupError, UsageError } from "./lib/errors.mjs";
import { ensureStack, PATHS, pulumi, writeProject } from "./lib/local-stack.mjs";
import { buildProject, ensureNpmPackages } from "./lib/npm-packages.mjs";
import { createProgress } from "./lib/progress.mjs";
import { ensurePulumi } from "./lib/pulumi.mjs";
import { ensureSuperset } from "./lib/python.mjs";
import { run } from "./lib/run.mjs";
import { ADMIN, ensureTemplate, startSuperset, stopSuperset } from "./lib/superset.mjs";

const HELP = `Usage: npm run quickstart [-- <option>]

Installs what is missing, starts Apache Superset on this machine and puts the sample
dashboards there with Pulumi. Run it again at any time: what is done is not done again.

  (no option)   set up, start, deploy
  --stop        stop Superset; everything is kept, quickstart goes on from there
  --clean       stop Superset and remove what quickstart made (.local); downloads stay cached
  --help        this text

Examples:
  npm run quickstart
  npm run local -- preview --diff
  npm run quickstart -- --stop
`;

async function main() {
  const options = readOptions(process.argv.slice(2));
  const progress = createProgress();
  if (options.help) return progress.note(HELP.trimEnd());
  if (options.clean) return clean(progress);
  if (options.stop) return stop(progress);
  const { bin } = await prepare(progress);
  const { url } = await progress.step("Superset", (log) => startSuperset({ home: PATHS.superset, log }));
  const summary = await deploy(progress, { bin, url });
  const outputs = JSON.parse((await pulumi(["stack", "output", "--json"], { bin })).stdout);
  progress.note(farewell({ summary, dashboards: outputs.dashboards }));
}

function readOptions(args) {
  const flag = { type: "boolean", default: false };
  try {
    return parseArgs({ args, options: { stop: flag, clean: flag, help: { ...flag, short: "h" } } }).values;
  } catch (cause) {
    throw new UsageError(cause.message, { remedy: "npm run quickstart -- --help shows what there is.", cause });
  }
}

async function prepare(progress) {
  const { root } = PATHS;
  await progress.step("npm packages", (log) => ensureNpmPackages({ root, log }));
  const pulumiCli = await progress.step("Pulumi CLI", (log) => ensurePulumi({ log }));
  const { python } = await progress.step("Python environment with Superset", (log) => ensureSuperset({ log }));
  await progress.step("Superset's empty metadata", (log) => ensureTemplate({ log }));
  await progress.step("sample data", () =>
    run(process.execPath, ["scripts/sample-data.mjs", PATHS.sampleData, "--python", python], { cwd: root }),
  );
  await progress.step("build", (log) => buildProject({ root, log }));
  return pulumiCli;
}

/** @returns {Promise<string>} what the deployment did, in words */
async function deploy(progress, { bin, url }) {
  writeProject({ url });
  await progress.step("Pulumi stack", () => ensureStack({ bin }));
  const { stdout } = await progress.step("pulumi up", async (log) => {
    let done = 0;
    const count = (line) => {
      if (FINISHED.test(line)) done += 1;
      if (done > 0) log(`${done} assets`);
    };
    try {
      return await pulumi(["up", "--yes", "--skip-preview"], { bin, log: count });
    } catch (cause) {
      throw new SetupError("`pulumi up` did not finish.", {
        why: cause.message,
        remedy: `Mend what it names and run npm run quickstart again. Its whole output: ${relative(PATHS.root, PATHS.pulumiLog)}`,
        cause,
      });
    }
  });
  return changes(stdout);
}

/** A line of Pulumi about an asset that it has finished. */
const FINISHED = /superset:(?:Database|Dataset|Chart|Dashboard) \S+ (created|updated|deleted|replaced)\b/;

function changes(output) {
  const done = output.split("\n").flatMap((line) => FINISHED.exec(line)?.[1] ?? []);
  const counts = [...new Set(done)].map((verb) => {
    const number = done.filter((other) => other === verb).length;
    return `${number} ${number === 1 ? "asset" : "assets"} ${verb}`;
  });
  return counts.join(", ") || "nothing had to change";
}

function farewell({ summary, dashboards = {} }) {
  const width = Math.max(...Object.keys(dashboards).map(({ length }) => length), "Login".length);
  const line = (name, value) => `  ${name.padEnd(width)}   ${value}`;
  const addresses = Object.entries(dashboards).map(([title, address]) => line(title, address));
  return `
Done: ${summary}

${[...addresses, line("Login", `${ADMIN.username} / ${ADMIN.password}`)].join("\n")}

Next, try:
  1. Change a title in assets/charts/monthly-revenue.yaml, then see what would happen:
       npm run local -- preview --diff
  2. Do it:
       npm run local -- up
  3. Change a chart in the browser, save it, then bring that into its file:
       npm run local -- pull --drifted
  4. When you are done:
       npm run quickstart -- --stop        (-- --clean removes everything it made)
`;
}

async function stop(progress) {
  const stopped = await progress.step("stop Superset", () => stopSuperset(PATHS.superset));
  progress.note(stopped ? "Superset is stopped. npm run quickstart starts it again." : "Superset was not running.");
}

async function clean(progress) {
  await progress.step("stop Superset", () => stopSuperset(PATHS.superset));
  if (!existsSync(PATHS.local)) return progress.note("There is nothing to remove.");
  await progress.step("remove .local", () => rmSync(PATHS.local, { recursive: true, force: true }));
}

main().catch(reportFailure);
