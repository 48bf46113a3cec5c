import { ProblemError } from "../../core/errors";
import { formatJson } from "../../core/plain-text";
import { openTarget } from "../../delivery/open-target";
import { type ExtensionTarget, type Lease, withLease } from "../../delivery/target";
import { sayWhenStopped } from "../stopping";
import { readPublicKey } from "./signatures";
import { DEFAULT_LOCK_TIMEOUT } from "./upsert-settings";

/** What `rollback` and `remove` were called with. */
export interface ChangeDeliveredOptions {
  readonly target: string;
  /** Seconds. */
  readonly lockTimeout?: number;
  readonly json?: boolean;
}

/** What `rollback` was called with. */
export interface RollbackOptions extends ChangeDeliveredOptions {
  /** File of the public key that must have signed what is brought back. */
  readonly requireSignature?: string;
}

/**
 * Brings an extension back to the version before.
 *
 * @returns the exit code
 * @throws ProblemError `delivery/address-invalid`, `delivery/id-invalid`, `delivery/no-previous`,
 *   `delivery/previous-damaged`, `extension/not-delivered`, `extension/being-written`, `extension/key-unreadable`,
 *   `extension/key-invalid`, `extension/unsigned`, `extension/signature-wrong`
 */
export async function runRollbackExtension(id: string, options: RollbackOptions): Promise<number> {
  const { requireSignature } = options;
  const requiredKey = requireSignature === undefined ? undefined : readPublicKey(requireSignature);
  return changeDelivered(id, options, async (target, lease) => {
    const { version, previous } = await target.rollback(id, lease, requiredKey);
    const before = previous?.version ?? null;
    return {
      report: { id, before, after: version },
      text: `${id}: ${before ?? "the version before"} → ${version} on ${target.place}\n${RESTART}`,
    };
  });
}

/**
 * Takes an extension off the target.
 *
 * @returns the exit code
 * @throws ProblemError `delivery/address-invalid`, `delivery/id-invalid`, `extension/not-delivered`,
 *   `extension/being-written`
 */
export function runRemoveExtension(id: string, options: ChangeDeliveredOptions): Promise<number> {
  return changeDelivered(id, options, async (target, lease) => {
    const found = await target.read(id);
    if (found === undefined) throw notDelivered(id, target.place);
    await target.remove(id, lease);
    return {
      report: { id, before: found.version, after: null },
      text: `${id} ${found.version}: removed from ${target.place}\n${RESTART}`,
    };
  });
}

const RESTART = "If it has backend code, start Superset again.";

/** What was done, for programs and for people. */
interface Done {
  readonly report: object;
  readonly text: string;
}

async function changeDelivered(
  id: string,
  { target: address, lockTimeout = DEFAULT_LOCK_TIMEOUT, json }: ChangeDeliveredOptions,
  change: (target: ExtensionTarget, lease: Lease) => Promise<Done>,
): Promise<number> {
  const target = openTarget(address);
  // Before the lock, which makes the target where there is none.
  if ((await target.read(id)) === undefined) throw notDelivered(id, target.place);
  return withLease(target, id, lockTimeout * 1000, {
    async work(lease) {
      sayWhenStopped("Stopped; `pulumi-superset extension list` says how it is now.");
      const { report, text } = await change(target, lease);
      process.stdout.write(`${json ? formatJson({ version: 1, target: target.place, extension: report }) : text}\n`);
      return 0;
    },
    onHeld() {
      throw beingWritten(id, target.place);
    },
  });
}

function beingWritten(id: string, place: string): ProblemError {
  return new ProblemError({
    code: "extension/being-written",
    summary: `Somebody else is writing ${id} on ${place}; nothing was changed.`,
    remedy: "Run it again when they are done, or wait longer with --lock-timeout.",
    exitCode: 3,
  });
}

function notDelivered(id: string, place: string): ProblemError {
  return new ProblemError({
    code: "extension/not-delivered",
    summary: `There is no ${id} on ${place}; nothing was changed.`,
    remedy: "`pulumi-superset extension list --target …` has those that are there.",
    exitCode: 3,
  });
}
