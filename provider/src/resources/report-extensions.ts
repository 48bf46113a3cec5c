import { ProblemError } from "../core/errors";
import type { ExtensionBundle, Finding } from "../extensions/bundle";
import { isWrite } from "../plan/decide";
import {
  describeExtension,
  formatBundleFinding,
  formatExtensions,
  formatVanishedExtensions,
  type PlannedExtension,
  type VanishedExtension,
} from "../plan/extensions";
import type { ExtensionSettings } from "../settings/extensions";
import type { SupersetClient } from "../superset/client";
import { listExtensions } from "../superset/extension-list";
import * as pulumi from "./pulumi";

/**
 * Names what is wrong with bundles.
 *
 * @param component where warnings show
 * @throws ProblemError `extensions/invalid` naming every error of every bundle
 */
export async function assertNoBundleErrors(
  findings: readonly Finding[],
  component: pulumi.Resource | undefined,
): Promise<void> {
  const listed = (severity: Finding["severity"]) =>
    findings.filter((finding) => finding.severity === severity).map(formatBundleFinding);
  const [errors, warnings] = [listed("error"), listed("warning")];
  if (errors.length > 0) {
    throw new ProblemError({
      code: "extensions/invalid",
      summary: `The bundles of extensions have errors; nothing was written:\n${errors.join("\n")}`,
      remedy: "Correct the bundles: `pulumi-superset extension validate` checks them without a server.",
      exitCode: 3,
    });
  }
  if (warnings.length > 0) await pulumi.log.warn(warnings.join("\n"), component);
}

/** @throws ProblemError `extensions/declared-twice` */
export function assertOnce(bundles: readonly ExtensionBundle[], declared: ReadonlyMap<string, string>): void {
  const seen = new Map(declared);
  for (const { id, source } of bundles) {
    const other = seen.get(id);
    if (other !== undefined) {
      throw new ProblemError({
        code: "extensions/declared-twice",
        summary: `The program declares ${describeExtension(id)} twice; nothing was written: ${other} and ${source.path}`,
        remedy: "Leave one of the two out: a server has one bundle of an id.",
        exitCode: 3,
      });
    }
    seen.set(id, source.path);
  }
}

/** @throws ProblemError `plan/refused` naming every extension that cannot be delivered, with its reason */
export function assertNoneRefused(planned: readonly PlannedExtension[]): void {
  const text = formatExtensions("Extensions that cannot be delivered; nothing was written:", planned, isRefused);
  if (text === undefined) return;
  throw new ProblemError({ code: "plan/refused", summary: text, place: { stack: pulumi.getStack() }, exitCode: 3 });
}

const isRefused = (action: string) => action === "refuse";

/** @throws ProblemError `extensions/declared-late` where something is declared only after it was judged to be gone */
export function assertNoneLate(vanished: readonly VanishedExtension[], planned: readonly PlannedExtension[]): void {
  const gone = new Set(vanished.map(({ known }) => known.extension));
  const late = planned.map(({ declared }) => declared.extension).filter((id) => gone.has(id));
  if (late.length === 0) return;
  throw new ProblemError({
    code: "extensions/declared-late",
    summary: `The program declares ${late.join(", ")} only after the plan was made in which it counts as gone.`,
    remedy: "Declare all extensions before the first await, and outside of apply().",
    exitCode: 3,
  });
}

/** @throws ProblemError `delete/protected` naming what `protect` keeps, although it is no longer declared */
export function assertNoneProtected(
  vanished: readonly VanishedExtension[],
  isProtected: (id: string) => boolean,
): void {
  const removed = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  const kept = removed.filter(({ known }) => isProtected(known.extension));
  if (kept.length === 0) return;
  throw new ProblemError({
    code: "delete/protected",
    summary: `\`protect\` of superset:extensions keeps what would be removed; nothing was written:\n${kept.map(({ known }) => `  ${describeExtension(known.extension)}`).join("\n")}`,
    remedy: "Declare it again, or take it out of `protect`.",
    place: { stack: pulumi.getStack() },
    exitCode: 3,
  });
}

/**
 * Before the first write: a server that cannot show extensions would show none afterwards. Who only looks is warned.
 *
 * @throws ProblemError `extensions/not-enabled`, `extensions/not-permitted`, or why the server does not answer
 */
export async function assertServerReady(planned: readonly PlannedExtension[], client: SupersetClient): Promise<void> {
  if (!planned.some(({ decision }) => isWrite(decision.action))) return;
  try {
    await listExtensions(client);
  } catch (error) {
    if (!(error instanceof ProblemError) || !pulumi.isDryRun()) throw error;
    await pulumi.log.warn(`\`up\` would be refused. ${error.message}`);
  }
}

/** Tells what the engine's own lines do not: what is overwritten, left, removed, and what a restart is needed for. */
export async function reportExtensions(
  planned: readonly PlannedExtension[],
  vanished: readonly VanishedExtension[],
  settings: ExtensionSettings,
  component: pulumi.Resource | undefined,
): Promise<void> {
  const overwritten = formatExtensions(
    "Extensions that were changed on the target since the last deployment, and are overwritten:",
    planned,
    (_action, { overwrites }) => overwrites === true,
  );
  if (overwritten !== undefined) await pulumi.log.warn(overwritten, component);
  const skipped = formatExtensions("Extensions left as they are:", planned, (action) => action === "skip");
  const texts = [skipped, ...formatVanishedExtensions(vanished), formatRestart(planned, settings)];
  for (const text of texts) if (text !== undefined) await pulumi.log.info(text, component);
}

function formatRestart(planned: readonly PlannedExtension[], { restart }: ExtensionSettings): string | undefined {
  const ids = planned.filter(({ changesBackend }) => changesBackend).map(({ declared }) => declared.extension);
  if (ids.length === 0) return undefined;
  const how = restart === undefined ? "start it again yourself (output restartRequired)" : "this run starts it again";
  return `Backend code changes, which Superset loads only when it starts; ${how}: ${ids.join(", ")}`;
}
