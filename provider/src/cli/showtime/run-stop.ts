import type { ChangeOptions } from "./command-options";
import { printOutcome } from "./outcome";
import { openPlaces } from "./places";
import { reconcile } from "./reconcile";

/** What `stop` was called with. */
export type StopOptions = ChangeOptions;

/** Removes the environment of a pull request, with all that it had. @returns the exit code */
export async function runStop(number: number, options: StopOptions): Promise<number> {
  return printOutcome(number, options.json, async () => {
    const places = await openPlaces(options);
    return reconcile(places, number, { ...options, request: "stop", isCommand: true });
  });
}
