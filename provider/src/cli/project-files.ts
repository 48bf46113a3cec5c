import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { z } from "zod";
import { isMapping } from "../assets/values";
import { ProblemError } from "../core/errors";
import { isFolder } from "../core/files";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";

const projectSchema = z.looseObject({
  name: z.string().optional(),
  main: z.string().optional(),
  stackConfigDir: z.string().optional(),
  config: z.record(z.string(), z.unknown()).nullish(),
});

const stackSchema = z.looseObject({
  config: z.record(z.string(), z.unknown()).nullish(),
  environment: z.unknown().optional(),
});

/** A Pulumi project on the disk. */
export interface ProjectFiles {
  /** Folder of Pulumi.yaml. */
  readonly folder: string;
  /** Folder from which the program runs: settings name the assets folder relative to it. */
  readonly programFolder: string;
  /** Folder of the settings files of the stacks. */
  readonly settingsFolder: string;
  /** Settings that hold for all stacks, by key without the namespace. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Finds the project that a folder is in, as Pulumi itself does.
 *
 * @param cwd its folder or one below it
 * @throws ProblemError `project/missing`, `settings/file-invalid`
 */
export function findProject(cwd: string): ProjectFiles {
  const project = findProjectIfAny(cwd);
  if (project === undefined) throw projectMissing(cwd);
  return project;
}

/** The same, where there may be none. */
export function findProjectIfAny(cwd: string): ProjectFiles | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(folder, name)).find(existsSync);
    if (file !== undefined) return readProject(file);
    if (folder === dirname(folder)) return undefined;
  }
}

function readProject(file: string): ProjectFiles {
  const folder = dirname(file);
  const { name = "", main, stackConfigDir = ".", config } = readYamlFile(file, projectSchema);
  const program = main === undefined ? folder : resolve(folder, main);
  // A key without a namespace is in that of the project.
  const entries = Object.entries(config ?? {}).map(([key, value]) => [
    key.includes(":") ? key : `${name}:${key}`,
    value,
  ]);
  return {
    folder,
    programFolder: isFolder(program) ? program : dirname(program),
    settingsFolder: resolve(folder, stackConfigDir),
    defaults: pickSettings(Object.fromEntries(entries.map(([key, value]) => [key, defaultOf(value)]))),
  };
}

/** Pulumi.yaml may describe a setting instead of stating it. */
function defaultOf(value: unknown): unknown {
  return isMapping(value) ? (value.value ?? value.default) : value;
}

/** The settings of this namespace, without it. */
function pickSettings(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(config).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}

/** The settings file of a stack; undefined where there is none. */
export function findStackFile({ settingsFolder }: ProjectFiles, stack: string): string | undefined {
  const name = stack.split("/").pop() ?? stack;
  return [`Pulumi.${name}.yaml`, `Pulumi.${name}.yml`].map((entry) => join(settingsFolder, entry)).find(existsSync);
}

/** The names of all stacks that have a settings file, sorted. */
export function listStackNames({ settingsFolder }: ProjectFiles): string[] {
  const names = readdirSync(settingsFolder).flatMap((entry) => /^Pulumi\.(.+)\.ya?ml$/.exec(entry)?.[1] ?? []);
  return [...new Set(names)].sort();
}

/** What the settings file of a stack says, as it stands there: secrets are encrypted. */
export interface StackFile {
  /** By key, without the namespace. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Whether that is all: nothing is encrypted, and nothing comes from elsewhere. */
  readonly isPlain: boolean;
}

/** Reads a settings file without Pulumi. */
export function readStackFile(file: string): StackFile {
  const { config, environment } = readYamlFile(file, stackSchema);
  const settings = pickSettings(config ?? {});
  // A dot or a bracket is a path to Pulumi, not a key.
  const hasPaths = Object.keys(settings).some((key) => /[.[\]"]/.test(key));
  return { settings, isPlain: environment === undefined && !hasPaths && !holdsSecret(settings) };
}

/** The folder of the asset files that the stacks of a project name, if they agree on one. */
export function findStatedAssets(project: ProjectFiles): string | undefined {
  const named = listStackNames(project).map((stack) => {
    const file = findStackFile(project, stack);
    return file === undefined ? undefined : readStackFile(file).settings.assets;
  });
  const [only] = named;
  return typeof only === "string" && named.every((assets) => assets === only) ? only : undefined;
}

function holdsSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === "secure" || holdsSecret(inner));
}

/** The settings as Pulumi hands them over: one text a key, JSON where the value has a structure. */
export function toRawSettings(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => {
      if (value === null || value === undefined) return [key, ""];
      return [key, typeof value === "object" ? JSON.stringify(value) : String(value)];
    }),
  );
}

function readYamlFile<T>(file: string, schema: z.ZodType<T>): T {
  try {
    return schema.parse(parse(readFileSync(file, "utf8")) ?? {});
  } catch (error) {
    if (!(error instanceof YAMLParseError) && !(error instanceof z.ZodError)) throw error;
    // The parser's message quotes lines of the file.
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined;
    throw new ProblemError({
      code: "settings/file-invalid",
      summary: "The file cannot be read as settings of Pulumi.",
      why: error instanceof YAMLParseError ? `YAML: ${error.code}` : z.prettifyError(error),
      remedy: "Correct it; docs/settings.md has an example.",
      place: { file, ...(line !== undefined && { line }) },
      exitCode: 2,
    });
  }
}

function projectMissing(cwd: string): ProblemError {
  return new ProblemError({
    code: "project/missing",
    summary: `There is no Pulumi.yaml in ${resolve(cwd)} or above it.`,
    remedy: "Name the folder of your Pulumi project with --cwd.",
    exitCode: 2,
  });
}
