import { basename } from "node:path";
import { z } from "zod";
import { isMapping, isUuid } from "../assets/values";
import { ProblemError } from "../core/errors";
import { parseSetting } from "../settings/read-settings";
import { findStackFile, listStackNames, type ProjectFiles, readStackFile } from "./project-files";

/** What the settings of a stack say about the asset files, as far as that stands in clear. */
export interface StackFile {
  /** Name of the stack. */
  readonly stack: string;
  /** Folder of the asset files, relative to that of the program. */
  readonly assets: string;
  readonly include?: readonly string[];
  readonly exclude: readonly string[];
  /** UUIDs that are mapped to a database of the server: they need no file. */
  readonly databases: readonly string[];
  readonly fixCrossFilters: boolean;
}

const settingsSchema = z.object({
  assets: z.string().min(1).default("assets"),
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).default([]),
  databases: z.unknown().transform(listMapped),
  fixCrossFilters: z.boolean().default(true),
});

/**
 * Reads the files `Pulumi.<stack>.yaml` of a project as they stand: without Pulumi, and without any secret.
 *
 * @returns by name of the stack; what only Pulumi.yaml says holds for all, also where there is no stack
 * @throws ProblemError `settings/unreadable`, `settings/file-invalid`
 */
export function readStackFiles(project: ProjectFiles): { readonly stacks: StackFile[]; readonly defaults: StackFile } {
  const stacks = listStackNames(project).flatMap((stack) => {
    const file = findStackFile(project, stack);
    return file === undefined
      ? []
      : [readSettings(stack, file, { ...project.defaults, ...readStackFile(file).settings })];
  });
  return { stacks, defaults: readSettings("", "Pulumi.yaml", project.defaults) };
}

function readSettings(stack: string, file: string, config: Readonly<Record<string, unknown>>): StackFile {
  const values = Object.keys(settingsSchema.shape).map((key) => {
    const value = config[key];
    // Pulumi takes structured values as JSON text too.
    return [key, typeof value === "string" ? parseSetting(value) : value];
  });
  const settings = Object.fromEntries(values);
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success)
    throw unreadable(
      file,
      parsed.error.issues.map(({ path }) => `superset:${path.join(".")}`),
    );
  const { include, ...rest } = parsed.data;
  return { stack, ...rest, ...(include !== undefined && { include }) };
}

/** As `plan/database-map.ts` maps UUIDs that no file has. */
function listMapped(databases: unknown): string[] {
  if (!isMapping(databases)) return [];
  return Object.entries(databases).flatMap(([key, entry]) =>
    isUuid(key) && isMapping(entry) && entry.name !== undefined ? [key.toLowerCase()] : [],
  );
}

function unreadable(file: string, keys: readonly string[] = []): ProblemError {
  const what = keys.length === 0 ? "" : `: ${keys.join(", ")}`;
  return new ProblemError({
    code: "settings/unreadable",
    summary: `The settings in ${basename(file)} cannot be used${what}.`,
    remedy: "Correct the file (docs/settings.md lists all settings).",
    exitCode: 2,
  });
}
