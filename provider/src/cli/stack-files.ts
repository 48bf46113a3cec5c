import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parse, YAMLError } from "yaml";
import { z } from "zod";
import { isMapping, isUuid } from "../assets/values";
import { ProblemError } from "../core/errors";

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

const projectSchema = z.looseObject({
  name: z.string().optional(),
  stackConfigDir: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

const stackSchema = z.looseObject({ config: z.record(z.string(), z.unknown()).nullish() });

const settingsSchema = z.object({
  assets: z.string().min(1).default("assets"),
  include: z.array(z.string()).optional(),
  exclude: z.array(z.string()).default([]),
  databases: z.unknown().transform(listMapped),
  fixCrossFilters: z.preprocess((value) => (value === "false" ? false : value), z.boolean().default(true)),
});

/**
 * Reads the files `Pulumi.<stack>.yaml` of a project as they stand: without Pulumi, and without any secret.
 *
 * @param projectFile path of Pulumi.yaml
 * @returns by name of the stack; what only Pulumi.yaml says holds for all, also where there is no stack
 * @throws ProblemError `settings/unreadable`
 */
export function readStackFiles(projectFile: string): { readonly stacks: StackFile[]; readonly defaults: StackFile } {
  const project = readConfigured(projectFile, projectSchema);
  const folder = resolve(dirname(projectFile), project.stackConfigDir ?? ".");
  const own = Object.fromEntries(
    Object.entries(project.config ?? {}).map(([key, value]) => [fullName(key, project.name), defaultOf(value)]),
  );
  const stacks = listStackFiles(folder).map(({ stack, file }) => {
    const config = { ...own, ...readConfigured(file, stackSchema).config };
    return readSettings(stack, file, config);
  });
  return { stacks, defaults: readSettings("", projectFile, own) };
}

function listStackFiles(folder: string): { stack: string; file: string }[] {
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const stack = /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1];
      return stack === undefined ? [] : [{ stack, file: join(folder, name) }];
    });
}

function readConfigured<Schema extends z.ZodType>(file: string, schema: Schema): z.output<Schema> {
  try {
    return schema.parse(parse(readFileSync(file, "utf8")) ?? {});
  } catch (error) {
    if (error instanceof YAMLError || error instanceof z.ZodError) throw unreadable(file);
    throw error;
  }
}

/** A key without a namespace is in that of the project. */
function fullName(key: string, project: string | undefined): string {
  return key.includes(":") ? key : `${project ?? ""}:${key}`;
}

/** Pulumi.yaml may describe a setting instead of stating it. */
function defaultOf(value: unknown): unknown {
  if (!isMapping(value)) return value;
  return value.value ?? value.default;
}

function readSettings(stack: string, file: string, config: Readonly<Record<string, unknown>>): StackFile {
  const settings = Object.fromEntries(
    Object.keys(settingsSchema.shape).map((key) => [key, parseText(config[`superset:${key}`])]),
  );
  const parsed = settingsSchema.safeParse(settings);
  if (!parsed.success)
    throw unreadable(
      file,
      parsed.error.issues.map(({ path }) => `superset:${path.join(".")}`),
    );
  const { include, ...rest } = parsed.data;
  return { stack, ...rest, ...(include !== undefined && { include }) };
}

/** Pulumi takes structured values as JSON text too. */
function parseText(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch (error) {
    if (error instanceof SyntaxError) return value;
    throw error;
  }
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
