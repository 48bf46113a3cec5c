import { existsSync } from "node:fs";
import pc from "picocolors";
import { formatJson } from "../../core/plain-text";
import { openTarget } from "../../delivery/open-target";
import type { Delivered, DeliveryState } from "../../delivery/target";
import type { ExtensionBundle } from "../../extensions/bundle";
import { tell } from "../progress";
import { type Column, formatTable, tableWidth } from "../showtime/tables";
import { formatSize, shortChecksum, showPath, toBundleReport } from "./bundle-rows";
import { hasErrors, summarise, toReport } from "./findings-report";
import { readPath } from "./read-paths";

/** What `list` was called with. */
export interface ListExtensionsOptions {
  readonly target?: string;
  readonly json?: boolean;
}

/**
 * Lists the bundles of a folder, or what is on a target.
 *
 * @returns the exit code
 */
export async function runListExtensions(folder: string | undefined, options: ListExtensionsOptions): Promise<number> {
  if (options.target !== undefined && folder === undefined) return listTarget(options.target, options.json);
  return listFolder(folder ?? (process.env.SUPERSET_EXTENSIONS_PATH || "."), options.json);
}

async function listTarget(address: string, json: boolean | undefined): Promise<number> {
  const target = openTarget(address);
  const delivered = await target.list();
  const report = { version: 1, target: target.place, extensions: delivered };
  process.stdout.write(`${json ? formatJson(report) : formatDelivered(delivered, target.place)}\n`);
  return delivered.every(({ state }) => state === "intact") ? 0 : 7;
}

async function listFolder(folder: string, json: boolean | undefined): Promise<number> {
  const { bundles, findings } = await readPath(folder);
  const report = { version: 1, folder, bundles: bundles.map(toBundleReport), findings: findings.map(toReport) };
  process.stdout.write(`${json ? formatJson(report) : formatBundles(bundles, folder)}\n`);
  if (findings.length > 0) tell(`${summarise(findings)}: \`pulumi-superset extension validate ${folder}\` tells them.`);
  return hasErrors(findings) ? 3 : 0;
}

const BUNDLE_COLUMNS: readonly Column<ExtensionBundle>[] = [
  { head: "ID", cell: ({ id }) => id },
  { head: "VERSION", cell: ({ version }) => version },
  { head: "SIZE", cell: ({ size }) => formatSize(size) },
  { head: "CHECKSUM", cell: ({ checksums }) => shortChecksum(checksums.whole), spare: 1 },
  { head: "PATH", cell: ({ source }) => showPath(source.path), narrowest: 12 },
];

/** Bundles for people. */
export function formatBundles(bundles: readonly ExtensionBundle[], folder: string, width = tableWidth()): string {
  if (bundles.length === 0) return `There is no sound bundle in ${folder}.`;
  return formatTable({ rows: bundles, columns: BUNDLE_COLUMNS, width }).join("\n");
}

const STATES: Readonly<Record<DeliveryState, string>> = {
  intact: "as delivered",
  changed: "changed by hand",
  missing: "missing",
  foreign: "not delivered by this tool",
};

const DELIVERED_COLUMNS: readonly Column<Delivered>[] = [
  { head: "ID", cell: ({ id }) => id },
  { head: "VERSION", cell: ({ version }) => version },
  {
    head: "STATE",
    cell: ({ state, isRecordDamaged }) => (isRecordDamaged ? "its record is damaged" : STATES[state]),
    paint: ({ state }) => (state === "intact" ? pc.green : pc.yellow),
  },
  { head: "BEFORE", cell: ({ previous }) => previous?.version ?? "" },
  { head: "CHECKSUM", cell: ({ checksum }) => shortChecksum(checksum), spare: 1 },
  { head: "SIGNED", cell: ({ signature }) => (signature === undefined ? "no" : "yes"), spare: 2 },
];

/** What is on a target, for people. */
export function formatDelivered(delivered: readonly Delivered[], place: string, width = tableWidth()): string {
  if (delivered.length > 0) return formatTable({ rows: delivered, columns: DELIVERED_COLUMNS, width }).join("\n");
  const isMissing = !place.includes("://") && !existsSync(place);
  return isMissing ? `${place} is not there yet: nothing was delivered.` : `There is no extension on ${place}.`;
}
