import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { objectUuid } from "../identity/mapping";
import { isWrite } from "../plan/decide";
import type { PlannedExtension, VanishedExtension } from "../plan/extensions";
import { listPaths } from "../plan/orphans";
import type { PlannedAsset } from "../plan/plan-assets";
import { describeMoved, type PlanRecord, planRecordSchema } from "../plan/reviewed-plan";
import { digestRule, type PlannedRule, type VanishedRule } from "../plan/rules";
import { listDeleted, type VanishedAsset } from "../plan/vanished";
import type { Inventory, RemoteAsset } from "../superset/inventory";

/** Environment variable with the name of a file that gets the plan, one JSON object a line. */
export const PLAN_RECORD_VARIABLE = "PULUMI_SUPERSET_PLAN_RECORD";

/** Environment variable with the name of such a file, of a plan that somebody has agreed to. */
export const REVIEWED_PLAN_VARIABLE = "PULUMI_SUPERSET_REVIEWED_PLAN";

/** Code of the refusal of a plan that is not the one that somebody has agreed to. */
export const PLAN_MOVED = "plan/moved";

/** Environment variable of a run whose files may be none: it brings a stack back to what it was before the first one. */
export const MAY_EMPTY_VARIABLE = "PULUMI_SUPERSET_MAY_EMPTY";

/** What a program deletes. */
export interface PlannedDeletions {
  readonly vanished: readonly VanishedAsset[];
  readonly rules: readonly VanishedRule[];
  /** What was never in the state. */
  readonly orphans: readonly RemoteAsset[];
  readonly inventory: Inventory;
}

/**
 * Notes what is planned, for the commands that run the engine: the engine says nothing about resources that it left out
 * because something before them failed (pulumi-dynamic, `--continue-on-error`), and a plan that it saved holds nothing of
 * the server (pulumi-dynamic 101).
 *
 * @param deletions undefined where an earlier part of the program has noted them
 * @param stack for the error
 * @throws ProblemError `plan/moved` where somebody agreed to another plan; nothing is registered by then
 */
export function recordPlan(
  planned: readonly PlannedAsset[],
  deletions: PlannedDeletions | undefined,
  stack: string,
): void {
  record([...planned.map(toRecord), ...(deletions === undefined ? [] : listDeletions(deletions))], stack);
}

function listDeletions({ vanished, rules, orphans, inventory }: PlannedDeletions): PlanRecord[] {
  const exposed = rules.filter(({ staysBecause }) => staysBecause === undefined);
  return [
    ...listDeleted(vanished).map((asset) => toDeletion(asset, inventory)),
    ...exposed.map(({ known: { name } }) => ({ ...describeRuleRecord(name, "access.yaml"), ...NO_LONGER_DECLARED })),
    ...orphans.map((remote) => ({
      ...{ name: remote.uuid, path: listPaths(remote, inventory).join(", "), title: remote.title, kind: remote.kind },
      ...{ uuid: remote.uuid, action: "delete: in no file", writes: false, object: toObject(remote) },
    })),
  ];
}

const NO_LONGER_DECLARED = { action: "delete: no longer declared", writes: false };

/** The same for row-level security rules. */
export function recordRules(planned: readonly PlannedRule[], stack: string): void {
  const records = planned.map(({ rule, decision: { action, reason } }) => {
    const what = { ...describeRuleRecord(rule.name, rule.path), checksum: digestRule(rule) };
    return { ...what, action: `${action}: ${reason}`, writes: isWrite(action) };
  });
  record(records, stack);
}

/**
 * The same for extensions.
 *
 * @param planned by the logical name of the resource
 */
export function recordExtensions(
  planned: ReadonlyMap<string, PlannedExtension>,
  vanished: readonly VanishedExtension[],
  stack: string,
): void {
  const kind = "extension";
  const records = [...planned].map(
    ([
      name,
      {
        declared,
        decision: { action, reason },
      },
    ]) => {
      const { extension, path, version, checksums } = declared;
      const what = { name, path, title: `${extension} ${version}`, kind, checksum: checksums.whole };
      return { ...what, action: `${action}: ${reason}`, writes: isWrite(action) };
    },
  );
  const removed = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  const deletions = removed.map(({ known: { extension, version } }) => ({
    ...{ name: extension, path: extension, title: `${extension} ${version}`, kind },
    ...NO_LONGER_DECLARED,
  }));
  record([...records, ...deletions], stack);
}

function describeRuleRecord(name: string, path: string) {
  return { name, path, title: name, kind: "row-level security rule" };
}

function record(records: readonly PlanRecord[], stack: string): void {
  const reviewed = process.env[REVIEWED_PLAN_VARIABLE];
  if (reviewed) assertReviewed(records, readPlanRecord(reviewed), stack);
  const file = process.env[PLAN_RECORD_VARIABLE];
  if (!file || records.length === 0) return;
  appendFileSync(file, `${records.map((entry) => JSON.stringify(entry)).join("\n")}\n`);
}

/** Reads what a program noted; empty where it did not come so far. */
export function readPlanRecord(file: string): PlanRecord[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => z.parse(planRecordSchema, JSON.parse(line)));
}

function assertReviewed(records: readonly PlanRecord[], reviewed: readonly PlanRecord[], stack: string): void {
  const moved = describeMoved(records, reviewed);
  if (moved.length === 0) return;
  throw new ProblemError({
    code: PLAN_MOVED,
    summary: `The plan is no longer the one that was shown; nothing was written:\n${moved.map((line) => `  ${line}`).join("\n")}`,
    why: "a file or the server was changed in between",
    remedy: "Run this again, and look at the new plan.",
    place: { stack },
    exitCode: 3,
  });
}

function toRecord({ definition, decision: { action, reason }, object: { remote } }: PlannedAsset): PlanRecord {
  const { name, path, title, kind, uuid, digest } = definition;
  const what = { name, path, title, kind, uuid, checksum: digest, action: `${action}: ${reason}` };
  return { ...what, writes: isWrite(action), ...(remote && { object: toObject(remote) }) };
}

function toDeletion({ kind, known }: VanishedAsset, inventory: Inventory): PlanRecord {
  const { path, title, uuid, supersetId } = known;
  const remote = inventory.byUuid(kind, objectUuid(known));
  const object = remote === undefined ? { uuid: objectUuid(known), id: supersetId } : toObject(remote);
  return { name: path, path, title, kind, uuid, ...NO_LONGER_DECLARED, object };
}

function toObject({ uuid, id, changedOn }: RemoteAsset): NonNullable<PlanRecord["object"]> {
  return { uuid, id, changedOn };
}
