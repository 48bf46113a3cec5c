import type { ProblemError } from "../core/errors";
import { count, plainLine } from "../core/plain-text";
import { isManaged } from "../settings/read-settings";
import { describeAsset } from "../settings/strategy";
import type { StackInstance } from "./instances";
import { tell } from "./progress";
import type { LockSelection } from "./select-lockable";
import type { LocatedAsset } from "./server-drift";

export type LockVerb = "lock" | "unlock";

/** What `lock` or `unlock` is about to do. */
export interface LockPlan extends LockSelection {
  /** What is not yet as it is wanted. */
  readonly changes: readonly LocatedAsset[];
}

/** What could not be locked or unlocked. */
export interface LockFailure {
  readonly change: LocatedAsset;
  readonly error: ProblemError;
}

/** More lines than this nobody reads. */
const MOST_LINES = 40;

/** Lists what is not yet as it is wanted, and what is gone. */
export function showLocks({ changes, gone }: LockPlan, verb: LockVerb): void {
  for (const change of changes.slice(0, MOST_LINES)) tell(`~ ${describeLock(change)}: to be ${verb}ed`);
  if (changes.length > MOST_LINES) tell(`… and ${changes.length - MOST_LINES} more`);
  for (const { path, kind, title } of gone.slice(0, MOST_LINES)) {
    tell(plainLine(`  ${path} (${describeAsset(kind, title)}): gone from the server, left out`));
  }
}

/** An asset as people read it, in one line. */
export function describeLock({ asset: { path, kind }, remote: { title } }: LocatedAsset): string {
  return plainLine(`${path} (${describeAsset(kind, title)})`);
}

/** How many were done, in one line. */
export function summariseLocks(
  { assets, changes }: LockPlan,
  failures: readonly LockFailure[],
  verb: LockVerb,
  dryRun: boolean,
) {
  const done = dryRun ? changes.length : changes.length - failures.length;
  const same = assets.length - changes.length;
  return [
    `${count(done, "asset")} ${dryRun ? "would be " : ""}${verb}ed, ${same} ${same === 1 ? "was" : "were"} ${verb}ed already.`,
    ...(failures.length > 0 ? [`${count(failures.length, "asset")} could not be ${verb}ed; see above.`] : []),
  ].join(" ");
}

/** What becomes of it: the settings of the stack have the last word. */
export function adviseNext(verb: LockVerb, { settings, name, stack }: StackInstance): string {
  const wanted: LockVerb = isManaged(settings) ? "lock" : "unlock";
  if (verb === wanted) return `That is what superset:managed says for ${name}.`;
  if (verb === "lock") {
    return `The next \`pulumi up\` unlocks it again, because superset:managed is false for ${name}: set it to true to keep it locked.`;
  }
  const upon = {
    overwrite: "or else that `up` overwrites it",
    keep: "or else that `up` leaves it as it is, unlocked (superset:onDrift is keep)",
    refuse: "or else that `up` refuses to run (superset:onDrift is refuse)",
  }[settings.onDrift];
  return [
    `The next \`pulumi up\` locks it again; until then every preview names it. To lock it now: pulumi-superset lock --target ${stack}`,
    `Bring edits into the files with \`pulumi-superset pull --drifted --stack ${stack}\`, ${upon}.`,
  ].join("\n");
}

/** What was done, for programs. */
export function toLockReport(
  { assets, changes, gone }: LockPlan,
  failures: readonly LockFailure[],
  verb: LockVerb,
  { stack, settings }: StackInstance,
  dryRun: boolean,
) {
  const failed = new Set(failures.map(({ change }) => change));
  const entry = ({ asset: { kind, path, uuid }, remote: { title, id } }: LocatedAsset) => ({
    kind,
    path,
    title,
    uuid,
    id,
  });
  return {
    version: 1,
    stack,
    url: settings.url,
    action: verb,
    dryRun,
    changed: changes.filter((change) => !failed.has(change)).map(entry),
    unchanged: assets.length - changes.length,
    gone: gone.map(({ kind, path, title, uuid }) => ({ kind, path, title, uuid })),
    failed: failures.map(({ change, error: { code, summary, why, remedy } }) => ({
      ...entry(change),
      ...{ code, reason: why ?? summary, remedy },
    })),
  };
}
