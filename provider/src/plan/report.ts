import type { AssetKind, Finding, Severity } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { describeAsset } from "../settings/strategy";
import type { PlannedAsset } from "./plan-assets";

/** More lines than this nobody reads in a preview. */
const MOST_LINES = 30;

/** One finding as a person reads it: place, rule, what, what to do. */
export function formatFinding(finding: Finding): string {
  const place = [finding.file, finding.line, finding.column].filter((part) => part !== undefined).join(":");
  return `${place}: ${finding.message} [${finding.rule}]\n    to do: ${finding.remedy}`;
}

/** The findings of one severity, one text; undefined if there are none. */
export function formatFindings(findings: readonly Finding[], severity: Severity): string | undefined {
  const chosen = findings.filter((finding) => finding.severity === severity);
  if (chosen.length === 0) return undefined;
  return limitLines(chosen.map(formatFinding)).join("\n");
}

/** @throws ProblemError `assets/invalid` naming every error of every file */
export function assertNoErrors(findings: readonly Finding[], folder: string): void {
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return;
  throw new ProblemError({
    code: "assets/invalid",
    summary: `${count(errors.length, "error")} in the asset files of ${folder}; nothing was written:\n${errors.map(formatFinding).join("\n")}`,
    remedy: "Correct the files, or leave them out with superset:exclude.",
    exitCode: 3,
  });
}

/** @throws ProblemError `plan/refused` naming every asset that cannot be written, with its reason */
export function assertNothingRefused(planned: readonly PlannedAsset[], stack: string): void {
  const refused = planned.filter(({ decision }) => decision.action === "refuse");
  if (refused.length === 0) return;
  throw new ProblemError({
    code: "plan/refused",
    summary: `${count(refused.length, "asset")} cannot be deployed; nothing was written:\n${refused.map(formatPlanned).join("\n")}`,
    place: { stack },
    exitCode: 3,
  });
}

/** Something that is to be deleted. */
export interface DeletedAsset {
  readonly kind: AssetKind;
  readonly title: string;
  /** Whether no file of the stack ever had it. */
  readonly isOrphan: boolean;
}

/** @throws ProblemError `delete/still-used` naming every asset that cannot be deleted, with what uses it */
export function assertNoneUsed(
  used: readonly { readonly asset: DeletedAsset; readonly users: readonly string[] }[],
  stack: string,
): void {
  const refused = used.filter(({ users }) => users.length > 0);
  if (refused.length === 0) return;
  const lines = refused.map(
    ({ asset: { kind, title }, users }) => `  ${describeAsset(kind, title)}: ${users.join(", ")}`,
  );
  throw new ProblemError({
    code: "delete/still-used",
    summary: `${count(refused.length, "asset")} cannot be deleted, because something that stays still uses them; nothing was written:\n${lines.join("\n")}`,
    remedy: refused.some(({ asset }) => asset.isOrphan)
      ? "Remove or repoint what uses them on the server, put them into files, or name those without a file in superset:protect."
      : "Remove or repoint what uses them on the server, or put their files back.",
    place: { stack },
    exitCode: 3,
  });
}

/** What the strategy leaves as it is, one text; undefined if that is nothing. */
export function formatSkipped(planned: readonly PlannedAsset[]): string | undefined {
  const skipped = planned.filter(({ decision }) => decision.action === "skip");
  if (skipped.length === 0) return undefined;
  return `${count(skipped.length, "asset")} left as ${skipped.length === 1 ? "it is" : "they are"}:\n${limitLines(skipped.map(formatPlanned)).join("\n")}`;
}

/** What somebody changed on the server and this run undoes, one text; undefined if that is nothing. */
export function formatOverwritten(planned: readonly PlannedAsset[]): string | undefined {
  const overwritten = planned.filter(({ decision }) => decision.overwrites);
  if (overwritten.length === 0) return undefined;
  const [was, is] = overwritten.length === 1 ? ["was", "is"] : ["were", "are"];
  return `${count(overwritten.length, "asset")} ${was} changed on the server since the last deployment, and ${is} overwritten (to keep the changes: pulumi-superset pull --drifted):\n${limitLines(overwritten.map(formatAsset)).join("\n")}`;
}

/** What somebody locked or unlocked in the UI and this run sets back, one text; undefined if that is nothing. */
export function formatLocks(planned: readonly PlannedAsset[]): string | undefined {
  const reset = planned.filter(({ decision }) => decision.resetsLock);
  if (reset.length === 0) return undefined;
  const [was, is] = reset.length === 1 ? ["was", "is"] : ["were", "are"];
  const how = reset[0]?.managed ? ["unlocked", "locked"] : ["locked", "unlocked"];
  return `${count(reset.length, "asset")} ${was} ${how[0]} in the UI since the last deployment, and ${is} ${how[1]} again (superset:managed):\n${limitLines(reset.map(formatAsset)).join("\n")}`;
}

/** What the stack has on the server that it had before, one text; undefined where it has one server. */
export function formatOtherServer(planned: readonly PlannedAsset[], target: string): string | undefined {
  const moved = planned.filter(({ known }) => known !== undefined && known.target !== target);
  if (moved.length === 0) return undefined;
  return `superset:url names another server than ${moved.length === planned.length ? "the last deployment" : `the last deployment of ${count(moved.length, "asset")}`} did. What is there stays as it is, and belongs to no stack any more. If that is not meant, correct the address.`;
}

/**
 * What somebody deleted on the server and this run makes again, one text; undefined if that is nothing.
 *
 * @param target fingerprint of the server: what another one had is not gone from this one
 */
export function formatRecreated(planned: readonly PlannedAsset[], target: string): string | undefined {
  const recreated = planned.filter(({ decision, known }) => decision.action === "create" && known?.target === target);
  if (recreated.length === 0) return undefined;
  const [was, is] = recreated.length === 1 ? ["was", "is"] : ["were", "are"];
  return `${count(recreated.length, "asset")} of this stack ${was} gone from the server, and ${is} created again:\n${limitLines(recreated.map(formatAsset)).join("\n")}`;
}

/** What the stack takes over from the server, one text; undefined if that is nothing. */
export function formatAdopted(planned: readonly PlannedAsset[]): string | undefined {
  const adopted = planned.filter(
    ({ known, object, registered, definition }) =>
      known === undefined && object.remote !== undefined && registered && definition.kind !== "database",
  );
  if (adopted.length === 0) return undefined;
  const subject = adopted.length === 1 ? "is" : "are";
  const lines = adopted.map((asset) => `${formatAsset(asset)}: ${describeAdoption(asset)}`);
  return `${count(adopted.length, "declared asset")} ${subject} on the server already, and not yet in this stack (Pulumi calls that "create"):\n${limitLines(lines).join("\n")}`;
}

function describeAdoption({ decision, definition: { kind }, object, takesUuidOf }: PlannedAsset): string {
  const verb = { take: "taken as", replace: "put in the place of" }[decision.action as string] ?? "written over";
  if (object.match === "uuid") {
    return decision.action === "take" ? "taken as it is, it is the same" : `${verb} it: ${decision.reason}`;
  }
  const key = kind === "dashboard" ? "slug" : "database, schema and table";
  const why = object.match === "settings" ? "which superset:uuids names" : `which has the same ${key}`;
  const uuid = takesUuidOf === undefined ? "keeps its UUID" : "gets the UUID of the file";
  return `${verb} ${object.remote?.uuid}, ${why} and ${uuid}`;
}

function formatAsset({ definition }: PlannedAsset): string {
  return `  ${definition.path} (${describeAsset(definition.kind, definition.title)})`;
}

function formatPlanned(asset: PlannedAsset): string {
  return `${formatAsset(asset)}: ${asset.decision.reason}`;
}

function limitLines(lines: readonly string[]): readonly string[] {
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `  … and ${lines.length - MOST_LINES} more`];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
