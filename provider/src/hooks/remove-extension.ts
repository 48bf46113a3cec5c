import { ProblemError } from "../core/errors";
import { matchAny } from "../core/match-any";
import { openTarget } from "../delivery/open-target";
import { withLease } from "../delivery/target";
import { describeExtension, findReasonToLeave } from "../plan/extensions";
import { catchProblem, confirmGone } from "./confirm-extension";
import { locked, turn } from "./deliver-extension";
import type { ExtensionOutputs } from "./extension-state";
import { restartServers, restartSurroundings } from "./restart-servers";
import type { Session } from "./session";

/** How long to wait for a lock where the settings say nothing of extensions any more, in seconds. */
const LOCK_SECONDS = 30;

/**
 * Removes an extension from its target, unless it was there before this stack or the strategy does not allow it.
 *
 * @param places the targets of this run's program; empty where it declares no extension any more
 */
export async function removeExtension(
  before: ExtensionOutputs,
  session: Session,
  places: ReadonlySet<string>,
): Promise<void> {
  const { extension, place } = before;
  const { extensions, strategy: ofStack } = session.settings;
  const strategy = new Set(extensions?.strategy ?? ofStack.default);
  const isElsewhere = places.size > 0 && !places.has(place);
  const reason = findReasonToLeave(before, strategy, isElsewhere ? undefined : place);
  if (reason !== undefined) {
    console.log(`${describeExtension(extension)} stays on ${place}: ${reason}.`);
    return;
  }
  assertUnprotected(extension, extensions?.protect ?? []);
  await turn.write(() => remove(before, session, extensions?.lockSeconds ?? LOCK_SECONDS));
  const problem = await catchProblem(() => finish(before, session));
  // The bundle is gone: to fail now would make the next run remove what is not there.
  if (problem !== undefined) console.warn(problem.message);
}

/** The engine knows of protection only what a program says of the resources that it still declares. */
function assertUnprotected(extension: string, protect: readonly string[]): void {
  if (!matchAny(protect)(extension)) return;
  throw new ProblemError({
    code: "delete/protected",
    summary: `\`protect\` of superset:extensions keeps ${describeExtension(extension)}; it was not removed.`,
    remedy: "Take it out of `protect` first.",
    exitCode: 3,
  });
}

async function remove({ extension, place }: ExtensionOutputs, session: Session, lockSeconds: number): Promise<void> {
  const target = openTarget(place, () => session.assertAlive());
  await withLease(target, extension, lockSeconds * 1000, {
    async work(lease) {
      session.assertAlive();
      await target.remove(extension, lease);
    },
    onHeld() {
      throw locked(extension, target.place, lockSeconds);
    },
  });
}

/** Until Superset is started again its backend code runs, and one that fetches the target at its start still shows it. */
async function finish({ extension, checksums }: ExtensionOutputs, session: Session): Promise<void> {
  const { restart, confirmSeconds = 0 } = session.settings.extensions ?? {};
  const surroundings = restartSurroundings(() => session.assertAlive());
  const isGone = () => confirmGone(session.client, extension, confirmSeconds, surroundings);
  const hasBackend = checksums.backend !== undefined;
  if (restart !== undefined && (hasBackend || !(await isGone()))) {
    await turn.restart(() => restartServers(restart, surroundings));
  } else if (hasBackend) {
    console.warn(`${describeExtension(extension)} is removed; its backend code runs until Superset is started again.`);
  }
  if (await isGone()) return;
  console.warn(
    `${describeExtension(extension)} is removed, and the server still lists it: another bundle of this id is in LOCAL_EXTENSIONS or in another folder, or it fetches the target only at its start.`,
  );
}
