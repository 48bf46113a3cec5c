#!/usr/bin/env node
/**
 * Tests that take minutes: random changes of the whole corpus.
 *
 *   npm run test:long -- --seed 7 [--changes 300]
 */
import { parseArgs } from "node:util";
import { reportFailure } from "./lib/errors.mjs";
import { PATHS } from "./lib/local-stack.mjs";
import { runOnTerminal } from "./lib/run.mjs";

async function main() {
  const { values } = parseArgs({
    options: { seed: { type: "string" }, changes: { type: "string", default: "300" } },
  });
  const env = {
    ...process.env,
    RANDOM_SEED: values.seed ?? String(Math.floor(Math.random() * 1e6)),
    RANDOM_CHANGES: values.changes,
  };
  const tests = ["vitest", "run", "--project", "real", "test/engine/random-changes.test.ts"];
  process.exitCode = await runOnTerminal("npx", tests, { cwd: PATHS.root, env });
}

main().catch(reportFailure);
