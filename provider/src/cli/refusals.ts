import { stripVTControlCharacters } from "node:util";
import { PLAN_MOVED } from "../resources/plan-record";

/** Codes with which the program refuses all of a plan; nothing was written by then. */
const REFUSALS = [
  ...["access/missing", "access/user-names-hidden", "account/may-not-write", "account/sees-part"],
  ...["assets/ambiguous", "assets/declared-late", "assets/declared-twice", "assets/invalid", "assets/not-found"],
  ...["dashboard/chart-not-shown", "dashboard/filter-twice", "dashboard/row-too-wide"],
  ...["dashboard/unknown-column", "dashboard/unknown-filter"],
  ...["delete/everything", "delete/protected", "delete/still-used", PLAN_MOVED, "plan/refused"],
  ...["extensions/declared-late", "extensions/declared-twice", "extensions/invalid"],
];

const REFUSAL = new RegExp(`\\[(${REFUSALS.join("|")})\\]\\s*$`, "m");

/**
 * Whether the program refused a plan; Pulumi itself ends with the code of any failure.
 *
 * @param output what the Pulumi CLI printed
 */
export function isRefusal(output: string): boolean {
  return REFUSAL.test(stripVTControlCharacters(output));
}
