import { describeUnknown } from "../core/errors";
import { redact } from "../core/redact";
import { stopped } from "./ask";

/** A step of something that is done as a whole or not at all. */
export interface Step {
  readonly run: () => Promise<void>;
  /** Also called where {@link run} failed half-way. */
  readonly undo: () => Promise<void>;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs steps one after the other. Where one fails, or somebody stops this process, all that began are undone.
 *
 * @throws what the step failed with; ProblemError `cli/stopped`
 */
export async function runSteps(steps: readonly Step[]): Promise<void> {
  let isStopped = false;
  const stop = () => {
    isStopped = true;
  };
  for (const signal of SIGNALS) process.on(signal, stop);
  const begun: Step[] = [];
  try {
    for (const step of steps) {
      begun.unshift(step);
      await step.run();
      if (isStopped) throw stopped();
    }
  } catch (error) {
    for (const step of begun) await step.undo().catch(tellUndoFailed);
    // What a step says that was stopped in its middle explains nothing.
    throw isStopped ? stopped() : error;
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
  }
}

/** What failed first is the reason; this is only what remains of it. */
function tellUndoFailed(error: unknown): void {
  process.stderr.write(`${redact(`Not undone: ${describeUnknown(error)}`)}\n`);
}
