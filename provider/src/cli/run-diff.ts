import { formatJson } from "../core/plain-text";
import { compareSides } from "../plan/compare-sides";
import { formatComparison } from "./format-comparison";
import { createSideFilter, readSide } from "./sides";

/** What `diff` was called with. */
export interface DiffOptions {
  readonly cwd: string;
  readonly stat?: boolean;
  readonly json?: boolean;
}

/**
 * Says what differs between two sides.
 *
 * @returns the exit code
 */
export async function runDiff(from: string, to: string, { cwd, stat, json }: DiffOptions): Promise<number> {
  // One after the other: each may draw its own line of progress.
  const left = await readSide(from, cwd);
  const right = await readSide(to, cwd);
  const { differences: all, same } = compareSides(left, right);
  const isIncluded = createSideFilter([left, right]);
  const differences = all.filter(({ path }) => isIncluded(path));
  if (json)
    process.stdout.write(`${formatJson({ version: 1, from: left.label, to: right.label, same, differences })}\n`);
  else
    process.stdout.write(
      `${formatComparison(`${left.label} → ${right.label}`, { differences, same }, stat === true)}\n`,
    );
  return differences.length > 0 ? 7 : 0;
}
