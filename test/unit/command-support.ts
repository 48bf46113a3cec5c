import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { makeFolder, SOUND } from "./assets-support";

export const ROOT = join(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "provider/bin/pulumi-superset.cjs");
const run = promisify(execFile);

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: object;
}

/** Runs the command as people do, in a place where no `pulumi` is found. */
export async function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const env = { ...process.env, PATH: "", XDG_CACHE_HOME: tmpdir(), ...options.env };
  try {
    const ended = await run(process.execPath, [PROGRAM, ...args], { cwd: options.cwd ?? tmpdir(), env });
    return { code: 0, ...ended };
  } catch (error) {
    const { code, stdout, stderr } = error as Ended;
    return { code, stdout, stderr };
  }
}

/** A project with a folder of assets, and with what its files say. */
export function makeProject(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "project-"));
  cpSync(makeFolder(SOUND), join(folder, "assets"), { recursive: true });
  const all = { "Pulumi.yaml": "name: bi\nruntime: nodejs\n", ...files };
  for (const [name, text] of Object.entries(all)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** A settings file of a stack. */
export const stack = (...lines: string[]) => `config:\n${lines.map((line) => `  superset:${line}\n`).join("")}`;
