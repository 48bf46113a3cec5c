import { join } from "node:path";
import { type ExportPlan, planExport } from "../assets/export-files";
import { createPathFilter } from "../assets/scan-folder";
import { isUuid } from "../assets/values";
import type { ExportFailure } from "../superset/export-server";
import type { Instance } from "./instances";
import { readDefinitions } from "./read-definitions";
import { readServerContent } from "./server-content";

/** What {@link readExport} needs. */
export interface ExportOptions {
  readonly instance: Instance;
  /** Folder of the asset files, on the disk; it need not be there. */
  readonly folder: string;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
  /** What people named (`--only`); empty: everything. */
  readonly only: readonly string[];
  /** Whether draft dashboards are exported too. */
  readonly all: boolean;
}

/** What an export would make of a folder; nothing is written yet. */
export interface ServerExportPlan extends ExportPlan {
  readonly failures: readonly ExportFailure[];
}

/**
 * Reads a server, and decides which files of a folder that changes.
 *
 * @throws ProblemError `assets/broken-files`, `select/…`; what the server fails with
 */
export async function readExport({ instance, folder, cwd, only, all }: ExportOptions): Promise<ServerExportPlan> {
  // Meanwhile the server works.
  const reading = readDefinitions(folder);
  const content = await readServerContent({ instance, cwd, only, definitions: reading });
  const { named, failures } = content;
  // Who names one dashboard means it; a glob means what is published.
  const isByName = only.every((selector) => isUuid(selector) || /^https?:/i.test(selector));
  const plan = planExport({
    ...content,
    definitions: await reading,
    isIncluded: createPathFilter(instance.settings),
    takesDraft: (uuid) => all || (isByName && named?.has(uuid) === true),
    isGone: (definition) => named === undefined && !content.has(definition),
  });
  return { ...plan, failures };
}

/** Path on the disk of a file of the folder. */
export function locate(folder: string, path: string): string {
  return join(folder, ...path.split("/"));
}
