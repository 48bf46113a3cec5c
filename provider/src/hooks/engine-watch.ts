import { ProblemError } from "../core/errors";
import { describeProcess, isRunning } from "../core/processes";

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

  /** @param parent process that started this one */
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
    return this.engine === undefined || isRunning(this.engine);
  }
}

/**
 * The engine starts this process through a script, `pulumi-resource-pulumi-nodejs`, and a shell that waits for it. Both
 * outlive a killed engine, so they are skipped. The system names a script's process after the script.
 *
 * @returns undefined where that cannot be told (Windows)
 */
function findEngine(parent: number): number | undefined {
  if (process.platform === "win32") return undefined;
  let pid = parent;
  for (let found = describeProcess(pid); found !== undefined && isWrapper(found.name); found = describeProcess(pid))
    pid = found.parent;
  return pid;
}

function isWrapper(name: string): boolean {
  return name.startsWith("pulumi-resource") || /^-?(ba|da|z|k)?sh$/.test(name);
}
