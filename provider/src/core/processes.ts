import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Whether a process of this machine still runs. A zombie does not: where nobody collects the dead (many containers),
 * a killed process keeps its number for ever.
 */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Told by Linux only; elsewhere the first process always collects the dead. */
function isZombie(pid: number): boolean {
  try {
    // `pid (name) state …`; the name may hold anything, brackets too.
    return /^ Z/.test(readFileSync(`/proc/${pid}/stat`, "utf8").split(")").pop() ?? "");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH" || code === "EACCES") return false;
    throw error;
  }
}

/** A process as the system names it. */
export interface ProcessDescription {
  /** Name of its program. Linux shortens it to 15 characters. */
  readonly name: string;
  /** Who started it. */
  readonly parent: number;
}

/** Name of a process's program, and who started it; undefined if there is no such process. */
export function describeProcess(pid: number): ProcessDescription | undefined {
  // Small Linux images have no `ps`.
  return process.platform === "linux" ? readProcess(pid) : askForProcess(pid);
}

function readProcess(pid: number): ProcessDescription | undefined {
  try {
    // `pid (name) state parent …`; the name may hold anything, brackets too.
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const end = stat.lastIndexOf(")");
    const [, parent] = stat.slice(end + 2).split(" ");
    return { name: stat.slice(stat.indexOf("(") + 1, end), parent: Number(parent) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    throw error;
  }
}

function askForProcess(pid: number): ProcessDescription | undefined {
  try {
    const line = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    const [parent = "", ...name] = line.trim().split(/\s+/);
    return { name: name.join(" ").split("/").pop() ?? "", parent: Number(parent) };
  } catch (error) {
    // `ps` ends with 1 where there is no such process.
    if ((error as { status?: number }).status === 1) return undefined;
    throw error;
  }
}
