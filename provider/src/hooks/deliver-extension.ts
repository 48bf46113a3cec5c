import { ProblemError } from "../core/errors";
import { openTarget } from "../delivery/open-target";
import { type Delivered, type ExtensionTarget, withLease } from "../delivery/target";
import type { ExtensionBundle } from "../extensions/bundle";
import { readBundle } from "../extensions/read-bundle";
import { isWrite, parseAction } from "../plan/decide";
import { changesBackend, describeBasis, formatBundleFinding } from "../plan/extensions";
import type { ExtensionSettings } from "../settings/extensions";
import { catchNotShown, catchProblem, confirmShown, wantedOf } from "./confirm-extension";
import type { ExtensionErrand, ExtensionInputs, ExtensionOutputs } from "./extension-state";
import { restartServers, restartSurroundings } from "./restart-servers";
import { RestartTurn } from "./restart-turn";
import type { Session } from "./session";

/** What a hook is to do. */
export interface ExtensionDelivery {
  readonly inputs: ExtensionInputs;
  /** Undefined where the engine never called `check`. */
  readonly errand: ExtensionErrand | undefined;
  readonly before: ExtensionOutputs | undefined;
}

/** What became of it. */
export interface DeliveryOutcome {
  readonly outs: ExtensionOutputs;
  /** Why the server does not show what is delivered, or was not started again. */
  readonly unconfirmed?: ProblemError;
}

/** Of all extensions that this process delivers. */
export const turn = new RestartTurn();

/**
 * Delivers a bundle as it was planned, and looks whether the server shows it; where it does not, or where backend code
 * changed, Superset is started again if the settings say how, and looked at once more.
 *
 * @throws ProblemError `plan/changed`, `extensions/locked`, and what the target throws; nothing was written then
 */
export async function deliverExtension(
  { inputs, errand, before }: ExtensionDelivery,
  session: Session,
): Promise<DeliveryOutcome> {
  const settings = session.settings.extensions;
  if (errand === undefined || settings === undefined) throw new Error(`bug: nobody planned ${inputs.extension}`);
  const bundle = await readPlanned(inputs, errand);
  const target = openTarget(inputs.place, () => session.assertAlive());
  const written = isWrite(parseAction(inputs.action) ?? "keep");
  const known = before?.place === inputs.place ? before : undefined;
  const { found, now } = written
    ? await turn.write(() => put(target, bundle, { errand, known }, settings, session))
    : await confirmThere(target, inputs, errand);
  let restartRequired = (written && changesBackend(bundle.checksums, found, known)) || known?.restartRequired === true;
  const surroundings = restartSurroundings(() => session.assertAlive());
  const confirm = () =>
    confirmShown(session.client, wantedOf(bundle), inputs.place, settings.confirmSeconds, surroundings);
  const unconfirmed = await catchProblem(async () => {
    const { restart } = settings;
    const notShown = await catchNotShown(confirm);
    if (restart !== undefined && (restartRequired || notShown !== undefined)) {
      // A server that fetches the target at its start does not show it before.
      await turn.restart(() => restartServers(restart, surroundings));
      restartRequired = false;
      await confirm();
    } else if (notShown !== undefined) throw notShown;
  });
  const outs: ExtensionOutputs = {
    ...toFacts(inputs, bundle, now),
    origin: originOf(known, found, errand),
    restartRequired,
    ...(unconfirmed !== undefined && { unconfirmed: unconfirmed.message }),
  };
  return { outs, ...(unconfirmed !== undefined && { unconfirmed }) };
}

/** A run that was killed may have delivered it without a word in the state: the target remembers by whom. */
function originOf(
  known: ExtensionOutputs | undefined,
  found: Delivered | undefined,
  { deliverer }: ExtensionErrand,
): ExtensionOutputs["origin"] {
  if (known !== undefined) return known.origin;
  const isOurs = found === undefined || found.state === "missing" || found.deliveredBy === deliverer;
  return isOurs ? "created" : "adopted";
}

function toFacts(inputs: ExtensionInputs, { checksums }: ExtensionBundle, { file }: Delivered) {
  const { kind, extension, bundle, version, checksum, place, action } = inputs;
  return { kind, extension, bundle, version, checksum, place, checksums: { ...checksums }, file, done: action };
}

async function readPlanned(
  { bundle: path, checksum }: ExtensionInputs,
  errand: ExtensionErrand,
): Promise<ExtensionBundle> {
  const { bundle, findings } = await readBundle(errand.source);
  if (bundle?.checksums.whole === checksum) return bundle;
  const errors = findings.filter(({ severity }) => severity === "error").map(formatBundleFinding);
  throw changed(`The bundle ${path} is no longer the one that was planned; nothing was written.`, errors.join("\n"));
}

/** What was there before, and what is there now. */
interface Placed {
  readonly found: Delivered | undefined;
  readonly now: Delivered;
}

function put(
  target: ExtensionTarget,
  bundle: ExtensionBundle,
  { errand, known }: { readonly errand: ExtensionErrand; readonly known: ExtensionOutputs | undefined },
  { lockSeconds }: ExtensionSettings,
  session: Session,
): Promise<Placed> {
  return withLease(target, bundle.id, lockSeconds * 1000, {
    async work(lease) {
      const found = await readAsPlanned(target, bundle.id, errand);
      session.assertAlive();
      const isOurs = originOf(known, found, errand) === "created";
      return { found, now: await target.put(bundle, errand.signature, lease, isOurs ? errand.deliverer : undefined) };
    },
    onHeld() {
      throw locked(bundle.id, target.place, lockSeconds);
    },
  });
}

/** Somebody may have come between plan and write: their work is not overwritten unseen. */
async function readAsPlanned(
  target: ExtensionTarget,
  id: string,
  { basis }: ExtensionErrand,
): Promise<Delivered | undefined> {
  const found = await target.read(id);
  if (describeBasis(found) === basis) return found;
  throw changed(`${id} on ${target.place} is no longer as it was planned; nothing was written.`, "");
}

async function confirmThere(
  target: ExtensionTarget,
  { extension }: ExtensionInputs,
  errand: ExtensionErrand,
): Promise<Placed> {
  const found = await readAsPlanned(target, extension, errand);
  if (found === undefined) throw new Error(`bug: ${extension} is to be taken, and is not there`);
  return { found, now: found };
}

function changed(summary: string, why: string): ProblemError {
  return new ProblemError({ code: "plan/changed", summary, why, remedy: "Run it again, and look at the new plan." });
}

/** Somebody else writes this extension all the time that we waited. */
export function locked(id: string, place: string, seconds: number): ProblemError {
  return new ProblemError({
    code: "extensions/locked",
    summary: `Another run delivers ${id} to ${place}, for more than ${seconds} s; nothing was written.`,
    remedy: "Run it again when the other one is through, or raise `lockSeconds` of superset:extensions.",
  });
}
