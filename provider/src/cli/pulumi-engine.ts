import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { ProblemError } from "../core/errors";
import { stopped } from "./ask";
import { explainEngine } from "./engine-failures";

/** What it advises about a plan that it saved: ours is gone when the command ends, and is applied with a word only. */
const SAVED_PLAN = /^Update plan written to '.*\n(Run `pulumi up --plan=.*\n?)?/m;

/** How a run of the Pulumi CLI ended. */
export interface EngineRun {
  readonly code: number;
  /** The signal that ended it, if one did. */
  readonly signal?: NodeJS.Signals;
  /** Whether somebody asked for its end (Ctrl-C, or the signals of a CI service). */
  readonly cancelled: boolean;
  /** All that it printed on stderr and stdout, in order of arrival. */
  readonly output: string;
  /** What it printed on stdout alone. */
  readonly stdout: string;
}

/**
 * Runs the Pulumi CLI.
 *
 * @param args arguments; never a secret
 * @param options.cwd folder of Pulumi.yaml
 * @param options.env added to this process's environment
 * @param options.show whether people see what it prints while it runs
 * @throws ProblemError `engine/missing` if there is no Pulumi CLI
 */
export function runPulumi(
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>>; show?: boolean; input?: string },
): Promise<EngineRun> {
  return runTool("pulumi", args, { ...options, env: { ...process.env, ...options.env } });
}

/**
 * Runs a command that ends in its own way when somebody cancels, as the Pulumi CLI and whoever runs it do.
 *
 * @param options.env all that it gets, but for the PATH that leads to the Pulumi CLI
 */
export function runTool(
  command: string,
  args: readonly string[],
  options: { cwd: string; env: NodeJS.ProcessEnv; show?: boolean; input?: string },
): Promise<EngineRun> {
  return new Promise((resolve, reject) => {
    const env = { PULUMI_SKIP_UPDATE_CHECK: "1", ...options.env, PATH: searchPath() };
    let cancelled = false;
    const outlived = outlive(() => {
      cancelled = true;
      // Who sees nothing of it would take the command for dead.
      if (!options.show) process.stderr.write("^C received; cancelling. Pulumi ends what it has begun …\n");
    });
    const child = spawn(command, [...args], { cwd: options.cwd, env, stdio: ["pipe", "pipe", "pipe"] });
    const release = outlived.follow(child);
    let output = "";
    const chunks: Buffer[] = [];
    const take = (stream: NodeJS.WriteStream) => {
      const decoder = new StringDecoder("utf8");
      return (chunk: Buffer) => {
        const text = decoder.write(chunk);
        output += text;
        if (stream === process.stdout) chunks.push(chunk);
        if (options.show) stream.write(text.replace(SAVED_PLAN, ""));
      };
    };
    child.stdout.on("data", take(process.stdout));
    child.stderr.on("data", take(process.stderr));
    child.on("error", (error: NodeJS.ErrnoException) => {
      release();
      reject(error.code === "ENOENT" ? engineMissing() : error);
    });
    child.on("close", (code, signal) => {
      // Ctrl-C reaches both processes; that the other one ended may be told before the signal is.
      setImmediate(() => {
        release();
        // Together: a character may lie on the edge of two chunks.
        const stdout = Buffer.concat(chunks).toString();
        resolve({ code: code ?? 1, cancelled, output, stdout, ...(signal !== null && { signal }) });
      });
    });
    child.stdin.on("error", (error: NodeJS.ErrnoException) => {
      // It ended before it read all; its exit code says why.
      if (error.code !== "EPIPE") reject(error);
    });
    child.stdin.end(options.input ?? "");
  });
}

/**
 * Runs the Pulumi CLI in the terminal of this process, so that it can ask and draw.
 *
 * @returns its exit code
 * @throws ProblemError `engine/missing`
 */
export function attachPulumi(args: readonly string[], env: Readonly<Record<string, string>>): Promise<number> {
  return new Promise((resolve, reject) => {
    const outlived = outlive(() => undefined);
    const child = spawn("pulumi", [...args], { env: { ...process.env, ...env, PATH: searchPath() }, stdio: "inherit" });
    const release = outlived.follow(child);
    child.on("error", (error: NodeJS.ErrnoException) => {
      release();
      reject(error.code === "ENOENT" ? engineMissing() : error);
    });
    child.on("close", (code) => {
      release();
      resolve(code ?? 1);
    });
  });
}

/**
 * Runs the Pulumi CLI for what it prints.
 *
 * @returns its stdout
 * @throws ProblemError `stack/missing`, `engine/no-login`, `cli/stopped`; else `engine/failed` with its own words
 */
export async function askPulumi(args: readonly string[], cwd: string, input?: string): Promise<string> {
  const { code, cancelled, output, stdout } = await runPulumi(args, { cwd, ...(input !== undefined && { input }) });
  if (cancelled) throw stopped();
  if (code === 0) return stdout;
  throw explainEngine(output) ?? engineFailed(args, output);
}

function engineFailed(args: readonly string[], output: string): ProblemError {
  return new ProblemError({
    code: "engine/failed",
    summary: `\`pulumi ${args.join(" ")}\` failed.`,
    why: output.trim(),
    remedy: "Run it by hand to see more.",
  });
}

/**
 * Lets the engine end in its own way when somebody cancels: it stops, stores the state and gives the lock back. The
 * terminal sends Ctrl-C to both processes; other signals reach only this one, and are passed on. It begins before the
 * engine does: a signal in between would end this process alone.
 */
function outlive(onCancel: () => void): { follow(child: ChildProcess): () => void } {
  let engine: ChildProcess | undefined;
  const wait = onCancel;
  const pass = (signal: NodeJS.Signals) => {
    onCancel();
    engine?.kill(signal === "SIGTERM" ? "SIGINT" : signal);
  };
  process.on("SIGINT", wait).on("SIGTERM", pass).on("SIGHUP", pass);
  return {
    follow(child) {
      engine = child;
      return () => void process.off("SIGINT", wait).off("SIGTERM", pass).off("SIGHUP", pass);
    },
  };
}

/** The PATH, with the Pulumi CLI that `npm run quickstart` may have built at its end. */
function searchPath(): string {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "pulumi-superset", "pulumi");
  const built = existsSync(cache) ? readdirSync(cache).map((version) => join(cache, version, "bin")) : [];
  return [process.env.PATH ?? "", ...built].join(delimiter);
}

function engineMissing(): ProblemError {
  return new ProblemError({
    code: "engine/missing",
    summary: "There is no `pulumi` on the PATH.",
    remedy:
      "Install the Pulumi CLI (https://www.pulumi.com/docs/install/), or run `npm run quickstart` once: it builds one.",
  });
}
