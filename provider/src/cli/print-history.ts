import pc from "picocolors";
import { findStackOfRole } from "./instances";
import { listManifests, type Manifest } from "./manifest";
import { COLUMNS, count, fitWidth, formatJson, plainLine } from "./plain-text";

/** What `history` was called with. */
export interface HistoryOptions {
  readonly stack?: string;
  readonly cwd: string;
  readonly json?: boolean;
}

/** Prints the manifests of a stack. */
export function printHistory({ stack, cwd, json }: HistoryOptions): void {
  const name = stack ?? findStackOfRole("production", cwd, "Name one: --stack <name>.");
  const manifests = listManifests(name, cwd);
  const text = json ? formatJson(manifests.map(({ bundle: _, ...rest }) => rest)) : formatHistory(name, manifests);
  process.stdout.write(`${text}\n`);
}

/** The manifests for people, two lines each, of 80 columns. */
export function formatHistory(stack: string, manifests: readonly Manifest[]): string {
  if (manifests.length === 0) return `No promotion of ${stack} has left a manifest.`;
  const undone = new Map(
    manifests.flatMap(({ undoes, id, status }) => (undoes && status === "done" ? [[undoes, id]] : [])),
  );
  return manifests.flatMap((manifest) => formatManifest(manifest, undone.get(manifest.id))).join("\n");
}

function formatManifest(manifest: Manifest, undoneBy: string | undefined): string[] {
  const { id, kind, status, author, startedAt, assets, undoes } = manifest;
  const time = startedAt.slice(0, 16).replace("T", " ");
  const state = undoneBy === undefined ? describeStatus(status) : pc.dim("rolled back");
  const verbs = new Map<string, number>();
  for (const { action } of assets) {
    const verb = action.split(":")[0] ?? "";
    verbs.set(verb, (verbs.get(verb) ?? 0) + 1);
  }
  const what = [...verbs].map(([verb, number]) => `${number} ${verb}`).join(", ");
  const of = undoes === undefined ? "" : ` of ${undoes}`;
  return [
    `${pc.bold(`${time} UTC`)}  ${kind}${of}, ${state}`,
    `  ${fitWidth(plainLine(`${id} by ${author}: ${count(assets.length, "asset")} (${what})`), COLUMNS - 2)}`,
  ];
}

function describeStatus(status: Manifest["status"]): string {
  if (status === "done") return pc.green("done");
  return pc.red(status === "failed" ? "failed" : "never ended");
}
