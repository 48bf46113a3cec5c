import { z } from "zod";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import { registerSecret } from "../core/redact";
import { type AuthSettings, listAuthSecrets } from "./auth";
import type { SecretName } from "./auth-providers";
import { type DatabaseSettings, type Settings, settingsSchema } from "./schema";

/** Pulumi's namespace of the settings. */
export const SETTINGS_NAMESPACE = "superset";

/** Names of all settings, without the namespace. */
export const SETTING_KEYS = Object.keys(settingsSchema.shape);

/**
 * Reads the settings of a stack as Pulumi gives them: one text a key, JSON where the value has a structure.
 *
 * @param raw values by key, without the namespace
 * @param stack name of the stack, for the error; the hooks do not know it
 * @throws ProblemError `settings/invalid` with every key that is unknown, missing or wrong
 */
export function readSettings(raw: Readonly<Record<string, string>>, stack?: string): Settings {
  const parsed = settingsSchema.safeParse(
    Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, parseSetting(text)])),
  );
  if (parsed.success) {
    announceSecrets(parsed.data);
    return { ...parsed.data, auth: chooseAccount(parsed.data.auth) };
  }
  const lines = parsed.error.issues.flatMap((issue) => describeIssue(issue, raw));
  throw new ProblemError({
    code: "settings/invalid",
    summary: `The settings cannot be used:\n${lines.map((line) => `    - ${line}`).join("\n")}`,
    remedy: `Correct Pulumi.${stack ?? "<stack>"}.yaml (docs/settings.md lists all settings).`,
    ...(stack !== undefined && { place: { stack } }),
    exitCode: 2,
  });
}

/** The account that the environment names, where the settings let it. */
function chooseAccount(auth: AuthSettings): AuthSettings {
  const variable = "usernameEnv" in auth ? auth.usernameEnv : undefined;
  const username = variable === undefined ? undefined : process.env[variable];
  return username ? ({ ...auth, username } as AuthSettings) : auth;
}

/** Reads one value: Pulumi hands structured ones over as JSON and everything else as plain text. */
export function parseSetting(text: string): unknown {
  if (!/^\s*[[{]|^(true|false|\d+)$/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

function describeIssue(issue: z.core.$ZodIssue, raw: Readonly<Record<string, string>>): string[] {
  const key = [SETTINGS_NAMESPACE, issue.path.join(".")].filter((part) => part !== "").join(":");
  if (issue.code === "unrecognized_keys") {
    const known = listKeys(issue.path, raw);
    const separator = issue.path.length === 0 ? ":" : ".";
    return issue.keys.map((name) => `${key}${separator}${name} is not a setting${suggestNearest(name, known)}`);
  }
  const first = String(issue.path[0]);
  if (issue.path.length === 1 && raw[first] === undefined) {
    return [`${key} is missing: ${settingsSchema.shape[first as keyof Settings]?.description ?? ""}`];
  }
  return [`${key}: ${issue.message}`];
}

/** The keys that a mapping of the settings may have; of a union those of the variant that the value chose. */
function listKeys(path: readonly PropertyKey[], raw: Readonly<Record<string, string>>): string[] {
  let schema: unknown = settingsSchema;
  let value: unknown = Object.fromEntries(Object.entries(raw).map(([key, text]) => [key, parseSetting(text)]));
  for (const step of path) {
    value = typeof value === "object" && value !== null ? Reflect.get(value, step) : undefined;
    schema = stepInto(schema, String(step));
  }
  const inner = chooseVariant(unwrap(schema), value);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function stepInto(schema: unknown, step: string): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) return inner.shape[step];
  return inner instanceof z.ZodRecord ? inner.valueType : undefined;
}

function chooseVariant(schema: unknown, value: unknown): unknown {
  if (!(schema instanceof z.ZodDiscriminatedUnion)) return schema;
  const { discriminator } = schema.def;
  const given = typeof value === "object" && value !== null ? Reflect.get(value, discriminator) : undefined;
  const variants = schema.options.filter((option) => option instanceof z.ZodObject);
  // Without the word that chooses, the first one is meant.
  return variants.find(({ shape }) => shape[discriminator].safeParse(given).success) ?? variants[0];
}

/** What a default, an optional value or a prepared one is made of. */
function unwrap(schema: unknown): unknown {
  if (schema instanceof z.ZodPipe) return unwrap(schema.out);
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
}

function announceSecrets(settings: Settings): void {
  for (const secret of listAuthSecrets(settings.auth)) registerSecret(secret);
  for (const database of Object.values(settings.databases)) registerSecret(database.password);
  for (const header of Object.values(settings.headers)) registerSecret(header);
}

/**
 * The password of a login or a database: the secret itself, else the environment variable's value; undefined if the
 * settings name neither.
 */
export function readPassword(
  source: Pick<DatabaseSettings, "password" | "passwordEnv">,
  key: string,
  stack?: string,
): string | undefined {
  return readSecret(source, "password", key, stack);
}

type SecretSource<Name extends SecretName> = { readonly [key in Name | `${Name}Env`]?: string | undefined };

/**
 * A secret of the settings: itself, else the environment variable's value; undefined if the settings name neither.
 *
 * @param key of the mapping that holds it, for the error
 * @throws ProblemError `settings/<name>-missing` if the environment variable is not set
 */
export function readSecret<Name extends SecretName>(
  source: SecretSource<Name>,
  name: Name,
  key: string,
  stack?: string,
): string | undefined {
  const variable: string | undefined = source[`${name}Env`];
  if (source[name] !== undefined) return source[name];
  if (variable === undefined) return undefined;
  const value = process.env[variable];
  if (value === undefined || value === "") {
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    throw new ProblemError({
      code: `settings/${words.replace(" ", "-")}-missing`,
      summary: `The environment variable ${variable} is not set; ${key}.${name}Env names it.`,
      remedy: `Set ${variable}, or store the ${words} as a secret: pulumi config set --secret --path '${key}.${name}'`,
      ...(stack !== undefined && { place: { stack } }),
      exitCode: 2,
    });
  }
  registerSecret(value);
  return value;
}

/** Whether this stack locks its assets in the UI. */
export function isManaged(settings: Settings): boolean {
  return settings.managed ?? settings.role === "production";
}

/** The external link of one asset, or undefined. */
export function externalUrlOf(settings: Settings, path: string): string | undefined {
  return settings.externalUrl?.replaceAll("{path}", path.split("/").map(encodeURIComponent).join("/"));
}
