import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { connectionOf, readSettings, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { askPulumi } from "./pulumi-engine";

const configSchema = z.record(z.string(), z.object({ value: z.string().optional() }));

/**
 * Reads the settings of a stack. Secrets come in clear from Pulumi, stay in memory, and are announced to the redaction.
 *
 * @throws ProblemError `engine/failed`, `settings/invalid`
 */
export async function readStackSettings(stack: string, cwd: string): Promise<Settings> {
  const text = await askPulumi(["config", "--show-secrets", "--json", "--stack", stack], cwd);
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(configSchema.parse(JSON.parse(text))).flatMap(
    ([key, { value }]): [string, string][] =>
      key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value]] : [],
  );
  return readSettings(Object.fromEntries(entries), stack);
}

/** A client for the server of a stack; nothing is sent yet. It never writes. */
export function openServer(settings: Settings, stack: string): SupersetClient {
  return createSupersetClient(connectionOf(settings, stack), { mayWrite: refuseWrite });
}

/** Servers are changed by the engine only. */
function refuseWrite(): void {
  throw new Error("A command that only reads tried to write to Superset.");
}

const projectSchema = z.looseObject({ main: z.string().optional() });

/**
 * The folder from which a program runs: that of Pulumi.yaml or, if set there, of its `main`. Settings name the assets
 * folder relative to it.
 *
 * @param cwd that folder or one below it, as for Pulumi itself
 * @throws ProblemError `project/missing`
 */
export function findProgramFolder(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(folder, name)).find(existsSync);
    if (file !== undefined) return programFolderOf(file);
    if (folder === dirname(folder)) throw projectMissing(cwd);
  }
}

function programFolderOf(file: string): string {
  const { main } = projectSchema.parse(parse(readFileSync(file, "utf8")));
  if (main === undefined) return dirname(file);
  const program = resolve(dirname(file), main);
  return statSync(program, { throwIfNoEntry: false })?.isDirectory() ? program : dirname(program);
}

function projectMissing(cwd: string): ProblemError {
  return new ProblemError({
    code: "project/missing",
    summary: `There is no Pulumi.yaml in ${resolve(cwd)} or above it.`,
    remedy: "Name the folder of your Pulumi project with --cwd.",
    exitCode: 2,
  });
}
