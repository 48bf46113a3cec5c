import pc from "picocolors";
import { COLUMNS, count, fitWidth, formatJson, plainLine } from "../core/plain-text";
import { findInForce } from "./in-force";
import { assertStackExists, findStackOfRole } from "./instances";
import { listManifests, type Manifest } from "./manifest";

/** What `history` was called with. */
export interface HistoryOptions {
  readonly stack?: string;
  readonly cwd: string;
  readonly json?: boolean;
}

/**
 * Prints the manifests of a stack.
 *
 * @returns the exit code
 * @throws ProblemError `stack/unknown`
 */
export function printHistory({ stack, cwd, json }: HistoryOptions): number {
  const name = stack ?? findStackOfRole("production", cwd, "Name one: --stack <name>.");
  assertStackExists(name, cwd);
  const { manifests, problems } = listManifests(name, cwd);
  const text = json ? formatJson(manifests.map(({ bundle: _, ...rest }) => rest)) : formatHistory(name, manifests);
  process.stdout.write(`${text}\n`);
  for (const problem of problems) process.stderr.write(`${pc.red("error:")} ${problem.message}\n`);
  return problems.length === 0 ? 0 : 1;
}

/** The manifests for people, three lines each, of 80 columns. */
export function formatHistory(stack: string, manifests: readonly Manifest[]): string {
  if (manifests.length === 0) return `No promotion of ${stack} has left a manifest.`;
  const inForce = findInForce(manifests);
  return manifests.flatMap((manifest) => formatManifest(manifest, inForce.has(manifest.id))).join("\n");
}

function formatManifest(manifest: Manifest, isInForce: boolean): string[] {
  const { id, kind, status, author, startedAt, assets, undoes } = manifest;
  const time = startedAt.slice(0, 16).replace("T", " ");
  const state = isInForce ? describeStatus(status) : pc.dim("rolled back");
  const verbs = new Map<string, number>();
  for (const { action } of assets) {
    const verb = action.split(":")[0] ?? "";
    verbs.set(verb, (verbs.get(verb) ?? 0) + 1);
  }
  const what = [...verbs].map(([verb, number]) => `${number} ${verb}`).join(", ");
  const of = undoes === undefined ? "" : ` of ${undoes}`;
  return [
    `${pc.bold(`${time} UTC`)}  ${kind}${of}, ${state}`,
    `  ${fitWidth(plainLine(`${count(assets.length, "asset")} (${what}), by ${author.replace(/ <.*>$/, "")}`), COLUMNS - 2)}`,
    pc.dim(`  ${id}`),
  ];
}

function describeStatus(status: Manifest["status"]): string {
  if (status === "done") return pc.green("done");
  return pc.red(status === "failed" ? "failed" : "never ended");
}
