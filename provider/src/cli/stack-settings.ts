import { z } from "zod";
import { connectionOf } from "../login/connection";
import { readSettings, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { browserOfTerminal } from "./browser-option";
import { findProject, findStackFile, readStackFile, toRawSettings } from "./project-files";
import { askPulumi } from "./pulumi-engine";

const configSchema = z.record(z.string(), z.object({ value: z.string().optional() }));

/**
 * Reads the settings of a stack: from its file where that says all in clear, else from Pulumi, which takes a second.
 * Secrets stay in memory, and are announced to the redaction.
 *
 * @throws ProblemError `engine/failed`, `settings/invalid`
 */
export async function readStackSettings(stack: string, cwd: string): Promise<Settings> {
  return readSettings(readPlainSettings(stack, cwd) ?? (await askSettings(["--stack", stack], cwd)), stack);
}

/**
 * The same from Pulumi, where its own flags say which stack it is.
 *
 * @param flags of the Pulumi CLI, such as `--stack` and `--config-file`
 */
export async function readChosenSettings(flags: readonly string[], cwd: string, stack?: string): Promise<Settings> {
  return readSettings(await askSettings(flags, cwd), stack);
}

function readPlainSettings(stack: string, cwd: string): Record<string, string> | undefined {
  const project = findProject(cwd);
  const hasDefaults = Object.keys(project.defaults).length > 0;
  const file = hasDefaults ? undefined : findStackFile(project, stack);
  const read = file === undefined ? undefined : readStackFile(file);
  return read?.isPlain ? toRawSettings(read.settings) : undefined;
}

async function askSettings(flags: readonly string[], cwd: string): Promise<Record<string, string>> {
  const text = await askPulumi(["config", "--show-secrets", "--json", ...flags], cwd);
  const prefix = `${SETTINGS_NAMESPACE}:`;
  return Object.fromEntries(
    Object.entries(configSchema.parse(JSON.parse(text))).flatMap(([key, { value }]): [string, string][] =>
      key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value]] : [],
    ),
  );
}

/** What a client of a command may do. */
export interface ServerOptions {
  /** Whether it may write: servers are changed by the engine, but for the locks of the UI. */
  readonly mayWrite?: boolean;
}

/**
 * A client for the server of a stack; nothing is sent yet. It never writes unless it is told that it may.
 *
 * @throws ProblemError `auth/browser-in-ci` where a person would have to log in and nobody is there
 */
export function openServer(
  settings: Settings,
  stack: string,
  { mayWrite = false }: ServerOptions = {},
): SupersetClient {
  const connection = connectionOf(settings, { stack, browser: browserOfTerminal() });
  return createSupersetClient(connection, mayWrite ? {} : { mayWrite: refuseWrite });
}

function refuseWrite(): void {
  throw new Error("A command that only reads tried to write to Superset.");
}
