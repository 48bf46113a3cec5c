import { once } from "node:events";
import { until } from "./aws-services";
import type { GithubStandIn } from "./github-stand-in";
import { filterRunning, listDescendants } from "./processes";
import { collect, type Ended, type ShowtimePlace } from "./showtime-place";
import type { HeldCall } from "./step-gate";

/** A command that runs as a job of GitHub Actions does: it has a number, and GitHub knows whether it goes on. */
export interface ShowtimeRun {
  readonly id: number;
  /** When its process has ended; GitHub knows it then, unless it was killed. */
  readonly ended: Promise<Ended>;
  /** Waits until it is held at a step. */
  reach(held: HeldCall): Promise<void>;
  /** Kills it and all that it started where it is held, but for processes to `spare`; GitHub takes it for running. */
  killAt(held: HeldCall, spare?: RegExp): Promise<void>;
}

/** Starts commands as jobs. */
export class ShowtimeRuns {
  private last = 5_000_000_000;

  constructor(
    private readonly place: ShowtimePlace,
    private readonly github: GithubStandIn,
  ) {}

  start(args: readonly string[], environment: Readonly<Record<string, string>> = {}): ShowtimeRun {
    const id = ++this.last;
    this.github.setRun(id, { attempt: 1, status: "in_progress" });
    const job = { GITHUB_RUN_ID: String(id), GITHUB_RUN_ATTEMPT: "1" };
    const child = this.place.start(args, { ...job, ...environment });
    let isKilled = false;
    const ended = collect(child).then((result) => {
      if (!isKilled) this.end(id);
      return result;
    });
    const reach = async ({ reached }: HeldCall) => {
      const early = await Promise.race([reached, ended]);
      if (early !== undefined) throw new Error(`it ended before: ${early.stdout}${early.stderr}`);
    };
    return {
      id,
      ended,
      reach,
      async killAt(held, spare) {
        await reach(held);
        isKilled = true;
        const exited = once(child, "exit");
        // The engine puts its plugins into groups of their own: the group alone is not all.
        const others = listDescendants(child.pid ?? 0);
        const spared = others.filter(({ command }) => spare?.test(command));
        kill(child.pid ?? 0);
        for (const one of others) if (!spared.includes(one)) kill(one.pid);
        await exited;
        held.release();
        await until(
          async () => filterRunning(spared),
          (left) => left.length === 0,
        );
      },
    };
  }

  /** GitHub knows that it is over. */
  end(id: number): void {
    this.github.setRun(id, { attempt: 1, status: "completed" });
  }

  /** Runs a command to its end. */
  run(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended> {
    return this.start(args, environment).ended;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It ended by itself, as its parent did.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
