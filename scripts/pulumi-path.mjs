#!/usr/bin/env node
/**
 * Prints the folder of the Pulumi CLI, and gets it first if there is none:
 * export PATH="$(node scripts/pulumi-path.mjs):$PATH"
 */
import { reportFailure } from "./lib/errors.mjs";
import { ensurePulumi } from "./lib/pulumi.mjs";

async function main() {
  const { bin } = await ensurePulumi({ log: (text) => process.stderr.write(`${text}\n`) });
  console.log(bin);
}

main().catch(reportFailure);
