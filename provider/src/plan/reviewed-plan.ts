import { createHash } from "node:crypto";
import { z } from "zod";

/** What a plan says about one asset or rule. */
export const planRecordSchema = z.object({
  /** Of the resource; of what is deleted its path. */
  name: z.string(),
  path: z.string(),
  title: z.string(),
  kind: z.string(),
  /** Of the definition; rules have none. */
  uuid: z.string().optional(),
  /** What is done and why: `update: definition changed`. */
  action: z.string(),
  /** Of the definition. */
  checksum: z.string().optional(),
  /** Whether something is written to the server; deletes count for themselves. */
  writes: z.boolean(),
  /** The object on the server, as it was when this was planned. */
  object: z.object({ uuid: z.string(), id: z.number(), changedOn: z.string().optional() }).optional(),
});

export type PlanRecord = z.output<typeof planRecordSchema>;

/** The verb of a record's action. */
export function verbOf({ action }: PlanRecord): string {
  return action.slice(0, action.indexOf(":"));
}

/** A short checksum of all that a person agrees to with a plan: what is done to what, and what is there before. */
export function digestPlan(records: readonly PlanRecord[]): string {
  const lines = records.map(({ name, kind, action, checksum, object }) =>
    JSON.stringify([kind, name, action, checksum ?? null, object?.uuid, object?.id, object?.changedOn]),
  );
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 16);
}

/**
 * Compares a plan with the one that somebody agreed to.
 *
 * @param planned now; other parts of the program may follow
 * @param reviewed then
 * @returns what is not the same any more, a line each
 */
export function describeMoved(planned: readonly PlanRecord[], reviewed: readonly PlanRecord[]): string[] {
  const before = new Map(reviewed.map((entry) => [keyOf(entry), entry]));
  return planned.flatMap((now) => {
    const then = before.get(keyOf(now));
    const what = `${now.path} (${now.kind} "${now.title}")`;
    if (then === undefined) return [`${what}: ${now.action}; it was not in the plan`];
    if (then.action !== now.action) return [`${what}: ${now.action}; the plan said ${then.action}`];
    if (then.checksum !== now.checksum) return [`${what}: its file was changed`];
    return isSameBasis(then, now) ? [] : [`${what}: somebody changed it on the server`];
  });
}

/**
 * What somebody agreed to and is planned no more, for example because its file went in between.
 *
 * @param planned now, by the whole program
 */
export function listDropped(planned: readonly PlanRecord[], reviewed: readonly PlanRecord[]): PlanRecord[] {
  const now = new Set(planned.map(keyOf));
  return reviewed.filter((entry) => isChange(entry) && !now.has(keyOf(entry)));
}

/** What is written, deleted, or from now on belongs to the stack. */
export function isChange(record: PlanRecord): boolean {
  return record.writes || ["delete", "take"].includes(verbOf(record));
}

/** What is not written may be changed meanwhile: if that matters, the action is another one. */
function isSameBasis(then: PlanRecord, now: PlanRecord): boolean {
  if (then.object?.id !== now.object?.id || then.object?.uuid !== now.object?.uuid) return false;
  const isTouched = now.writes || verbOf(now) === "delete";
  return !isTouched || then.object?.changedOn === now.object?.changedOn;
}

function keyOf({ kind, name, action }: PlanRecord): string {
  return `${kind} ${action.startsWith("delete:") ? "-" : "+"} ${name}`;
}
