import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { toCanonicalText } from "../assets/canonical";
import type { Definition } from "../assets/definition";
import { type ExportedFile, type ExportPlan, planExport } from "../assets/export-files";
import { checkSecrets } from "../assets/rules/secrets";
import { createPathFilter } from "../assets/scan-folder";
import { updateText } from "../assets/update-text";
import { isUuid } from "../assets/values";
import type { FileChange } from "../assets/write-file";
import { ProblemError } from "../core/errors";
import { plainLine } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import type { ExportFailure } from "../superset/export";
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
  /** Files whose assets the account does not see: whether the server has them is not known. */
  readonly unseen: readonly Definition[];
}

/**
 * Reads a server, and decides which files of a folder that changes.
 *
 * @throws ProblemError `assets/broken-files`, `select/…`; what the server fails with
 */
export async function readExport({ instance, folder, cwd, only, all }: ExportOptions): Promise<ServerExportPlan> {
  // Meanwhile the server works.
  const reading = readDefinitions(folder, instance.settings);
  const content = await readServerContent({ instance, cwd, only, definitions: reading });
  const { named, failures, partlySeen } = content;
  const isIncluded = createPathFilter(instance.settings);
  const isAbsent = (definition: Definition) => named === undefined && !content.has(definition);
  const mayBeHidden = ({ kind }: Definition) => partlySeen.includes(kind);
  // Who names one dashboard means it; a glob means what is published.
  const isByName = only.every((selector) => isUuid(selector) || /^https?:/i.test(selector));
  const definitions = await reading;
  const plan = planExport({
    ...content,
    definitions,
    isIncluded,
    takesDraft: (uuid) => all || (isByName && named?.has(uuid) === true),
    isGone: (definition) => isAbsent(definition) && !mayBeHidden(definition),
  });
  const unseen = definitions.filter((file) => isAbsent(file) && mayBeHidden(file) && isIncluded(file.path));
  return { ...plan, failures, unseen };
}

/** Path on the disk of a file of the folder. */
export function locate(folder: string, path: string): string {
  return join(folder, ...path.split("/"));
}

/**
 * Refuses what looks like credentials.
 *
 * @throws ProblemError `export/secret` naming every place
 */
export function assertNoSecrets({ added, changed }: Pick<ServerExportPlan, "added" | "changed">, stack: string): void {
  const problems = [...added, ...changed].flatMap(({ kind, path, title, document }) =>
    checkSecrets({ kind, path, text: "", document }).map(
      ({ message }) => `  ${path} (${describeAsset(kind, title)}): ${message}`,
    ),
  );
  if (problems.length === 0) return;
  throw new ProblemError({
    code: "export/secret",
    summary: `The server sent what looks like credentials in clear; nothing was written:\n${problems.map(plainLineIndented).join("\n")}`,
    remedy:
      "Take them out of the object on the server (a database's secure extra of an engine without declared secrets is exported in clear), or leave the asset out with superset:exclude.",
    place: { stack },
    exitCode: 3,
  });
}

function plainLineIndented(line: string): string {
  return `  ${plainLine(line)}`;
}

/** What is to be written into the file of an asset; comments and form of one that is there stay. */
export async function toChange({ path, kind, document, stated }: ExportedFile, folder: string): Promise<FileChange> {
  const location = locate(folder, path);
  if (stated === undefined) return { location, after: toCanonicalText(document) };
  const before = await readFile(location, "utf8");
  return { location, before, after: updateText(kind, before, document) };
}
