#!/usr/bin/env node
/** Gets everything ready that the tests and the benchmark need, so that no single test has to wait for it. */
import { reportFailure } from "./lib/errors.mjs";
import { PATHS } from "./lib/local-stack.mjs";
import { ensureMoto } from "./lib/moto.mjs";
import { buildProject, ensureNpmPackages } from "./lib/npm-packages.mjs";
import { createProgress } from "./lib/progress.mjs";
import { ensurePulumi } from "./lib/pulumi.mjs";
import { ensureSuperset } from "./lib/python.mjs";
import { ensureTemplate } from "./lib/superset.mjs";

async function main() {
  const { root } = PATHS;
  const progress = createProgress();
  await progress.step("npm packages", (log) => ensureNpmPackages({ root, log }));
  await progress.step("Pulumi CLI", (log) => ensurePulumi({ log }));
  await progress.step("Python environment with Superset", (log) => ensureSuperset({ log }));
  await progress.step("Superset's empty metadata", (log) => ensureTemplate({ log }));
  await progress.step("Python environment with moto", (log) => ensureMoto({ log }));
  await progress.step("build", (log) => buildProject({ root, log }));
}

main().catch(reportFailure);
