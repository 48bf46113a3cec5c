import type { ChangeOptions } from "./command-options";
import { readLabelEvent } from "./label-event";
import { printOutcome } from "./outcome";
import { openPlaces } from "./places";
import { reconcile } from "./reconcile";

/** What `handle-trigger` was called with. */
export interface HandleTriggerOptions extends ChangeOptions {
  /** The commit that was built. */
  readonly sha?: string;
}

/** Does what labels, the newest commit and the text of a pull request ask for. @returns the exit code */
export async function runHandleTrigger(number: number, { sha, ...options }: HandleTriggerOptions): Promise<number> {
  return printOutcome(number, options.json, async () => {
    const places = await openPlaces(options);
    const event = readLabelEvent(number, process.env);
    const built = sha === undefined ? {} : { built: sha };
    return reconcile(places, number, { ...options, ...built, isCommand: false, event });
  });
}
