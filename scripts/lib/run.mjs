import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "./errors.mjs";

const KEPT_LINES = 25;

/** A child process that failed. `exitCode` is null if it was ended by a signal or never started. */
export class CommandError extends SetupError {
  constructor(command, { reason, exitCode, output, logFile, cause }) {
    const tail = output.trimEnd().split("\n").slice(-KEPT_LINES).join("\n");
    super(`${command}\n  ${reason}`, {
      why: tail ? `its last output was\n${tail}` : undefined,
      remedy: logFile ? `see the whole output in ${logFile}` : undefined,
      cause,
    });
    this.name = "CommandError";
    this.exitCode = exitCode;
    this.output = output;
  }
}

/**
 * Runs a command to its end.
 * @param {string} cmd
 * @param {string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, logFile?: string, timeoutMs?: number, onLine?: (line: string) => void}} [options]
 *   `logFile` gets all output appended; `onLine` sees each line as it comes
 * @returns {Promise<{stdout: string, stderr: string}>}
 * @throws {CommandError} with the command, exit code and last lines of output
 */
export function run(cmd, args, { cwd, env, logFile, timeoutMs, onLine } = {}) {
  const command = [cmd, ...args].join(" ");
  return new Promise((resolve, reject) => {
    const child = spawn(cmd, args, { cwd, env: env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
    const captured = capture(child, { command, logFile, onLine });
    const timer = timeoutMs ? endAfter(child, timeoutMs) : undefined;
    const finish = (settle) => {
      clearTimeout(timer?.handle);
      captured.close();
      settle();
    };
    const refuse = (reason, exitCode, cause) =>
      finish(() => reject(new CommandError(command, { reason, exitCode, output: captured.both(), logFile, cause })));
    child.on("error", (error) => {
      const missing =
        error.code === "ENOENT"
          ? `could not be started: ${cmd} is not installed`
          : `could not be started: ${error.message}`;
      refuse(missing, null, error);
    });
    child.on("close", (exitCode, signal) => {
      if (exitCode === 0) return finish(() => resolve(captured.streams));
      if (timer?.fired)
        return refuse(`did not finish within ${Math.round(timeoutMs / 1000)} s and was ended`, exitCode);
      refuse(signal ? `was ended by ${signal}` : `failed with exit code ${exitCode}`, exitCode);
    });
  });
}

/**
 * Runs a command on this terminal, so that it can ask questions and draw.
 * @returns {Promise<number>} its exit code
 */
export function runOnTerminal(cmd, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(cmd, args, { cwd, env: env ?? process.env, stdio: "inherit" });
    // The terminal sends Ctrl-C to both; the child decides what it means, and we wait for it.
    const wait = () => undefined;
    process.on("SIGINT", wait);
    child.on("error", (cause) => reject(new SetupError(`${cmd} could not be started: ${cause.message}`, { cause })));
    child.on("close", (code, signal) => {
      process.off("SIGINT", wait);
      resolve(signal ? 1 : code);
    });
  });
}

function capture(child, { command, logFile, onLine }) {
  const streams = { stdout: "", stderr: "" };
  const chunks = [];
  if (logFile) mkdirSync(dirname(logFile), { recursive: true });
  const file = logFile ? createWriteStream(logFile, { flags: "a", mode: 0o600 }) : undefined;
  file?.write(`$ ${command}\n`);
  for (const name of ["stdout", "stderr"]) {
    const lines = lineSplitter(onLine);
    child[name].setEncoding("utf8").on("data", (text) => {
      streams[name] += text;
      chunks.push(text);
      file?.write(text);
      lines(text);
    });
  }
  return { streams, both: () => chunks.join(""), close: () => file?.end() };
}

function lineSplitter(onLine) {
  if (!onLine) return () => undefined;
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop();
    for (const line of lines) onLine(line.trimEnd());
  };
}

function endAfter(child, timeoutMs) {
  const timer = { fired: false, handle: undefined };
  timer.handle = setTimeout(() => {
    timer.fired = true;
    child.kill("SIGTERM");
    timer.handle = setTimeout(() => child.kill("SIGKILL"), 5000);
  }, timeoutMs);
  return timer;
}
