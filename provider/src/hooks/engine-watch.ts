import { execFileSync } from "node:child_process";
import { ProblemError } from "../core/errors";

/** How often a running import looks whether the engine is still there. */
const WATCH_INTERVAL_MS = 250;

/**
 * Tells whether the engine that started this process still runs. A killed engine leaves the hook process behind
 * (pulumi-dynamic, "Old configuration, locks, deletes"), and that must not write any more.
 */
export class EngineWatch {
  private readonly engine: number | undefined;
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  /** @param parent process that started this one: a shell, whose parent is the engine */
  constructor(parent: number = process.ppid) {
    this.engine = findEngine(parent);
  }

  /** Aborted as soon as the engine is gone. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Starts looking; the timer does not keep the process alive. */
  start(onGone: () => void): void {
    if (this.timer !== undefined) return;
    this.timer = setInterval(() => {
      if (this.isAlive()) return;
      clearInterval(this.timer);
      this.controller.abort();
      onGone();
    }, WATCH_INTERVAL_MS);
    this.timer.unref();
  }

  /** @throws ProblemError `engine/gone` */
  assertAlive(): void {
    if (this.isAlive()) return;
    this.controller.abort();
    throw new ProblemError({
      code: "engine/gone",
      summary: "Pulumi's engine is gone; nothing more is written.",
      remedy: "Run `npm run deploy` (or `pulumi cancel`, then `pulumi up`): it finishes what is missing.",
    });
  }

  private isAlive(): boolean {
    if (this.engine === undefined) return true;
    try {
      process.kill(this.engine, 0);
      return true;
    } catch (error) {
      // EPERM: it is there and belongs to somebody else.
      return (error as NodeJS.ErrnoException).code === "EPERM";
    }
  }
}

/** The plug-in is started through a shell script that waits for it, so the engine is one further up. */
function findEngine(parent: number): number | undefined {
  if (process.platform === "win32") return undefined;
  const [name, grandparent] = readProcess(parent);
  return /^-?(ba|da|z|k)?sh$/.test(name) ? grandparent : parent;
}

function readProcess(pid: number): [name: string, parent: number] {
  const line = execFileSync("ps", ["-o", "ppid=,comm=", "-p", String(pid)], { encoding: "utf8" }).trim();
  const [parent = "", ...name] = line.split(/\s+/);
  return [name.join(" ").split("/").pop() ?? "", Number(parent)];
}
