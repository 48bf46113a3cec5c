import { formatJson } from "../../core/plain-text";
import { readOutlook, toLines } from "./check-only";
import type { ChangeOptions } from "./command-options";
import { readLabelEvent } from "./label-event";
import { printOutcome } from "./outcome";
import { openPlaces } from "./places";
import { openParties, reconcile } from "./reconcile";

/** What `sync` was called with. */
export interface SyncOptions extends ChangeOptions {
  /** The commit that was built. */
  readonly sha?: string;
  readonly checkOnly?: boolean;
}

/** Brings the environment of a pull request to what it asks for, or tells what that is. @returns the exit code */
export async function runSync(number: number, { sha, checkOnly, ...options }: SyncOptions): Promise<number> {
  const event = () => readLabelEvent(number, process.env);
  const asked = { isCommand: false, ...(sha !== undefined && { built: sha }) };
  if (!checkOnly) {
    return printOutcome(number, options.json, async () =>
      reconcile(await openPlaces(options), number, { ...options, ...asked, event: event() }),
    );
  }
  const parties = openParties(await openPlaces(options), { ...options, dryRun: true });
  const outlook = await readOutlook(parties, number, { ...asked, event: event() });
  process.stdout.write(options.json ? `${formatJson({ version: 1, ...outlook })}\n` : toLines(outlook));
  return 0;
}
