import { ProblemError } from "../../core/errors";
import { parseSeconds } from "../common-options";
import { readPublicKey } from "./signatures";

/** Seconds to wait for a lock. */
export const DEFAULT_LOCK_TIMEOUT = 30;

/** What options say of an upsert; the environment says the rest. */
export interface UpsertChoices {
  /** The folder of bundles. */
  readonly from?: string;
  readonly target?: string;
  /** Seconds. */
  readonly lockTimeout?: number;
  /** File of the public key that must have signed. */
  readonly requireSignature?: string;
}

/** What an upsert does where. */
export interface UpsertSettings {
  /** Undefined where nobody names one: there is nothing to do then. */
  readonly discovery: string | undefined;
  /** Nobody's where there is nothing to do. */
  readonly target: string;
  readonly lockTimeoutMs: number;
  /** Public key in PEM. */
  readonly requiredKey?: string;
  /** What is wrong and was replaced by a default. */
  readonly problems: readonly ProblemError[];
}

/**
 * Brings options and environment together. A variable that is set to nothing counts as not set.
 *
 * @throws ProblemError `extension/key-unreadable`: without the key nothing may be delivered
 */
export function readUpsertSettings(choices: UpsertChoices, environment: NodeJS.ProcessEnv): UpsertSettings {
  const { SUPERSET_EXTENSIONS_PATH: path, SUPERSET_EXTENSIONS_TARGET: place } = environment;
  const discovery = choices.from ?? (path || undefined);
  const timeout = readTimeout(choices.lockTimeout, environment.EXTENSION_STARTUP_LOCK_TIMEOUT);
  const { requireSignature } = choices;
  return {
    discovery,
    target: choices.target ?? (place || discovery || "."),
    lockTimeoutMs: timeout.seconds * 1000,
    ...(requireSignature !== undefined && { requiredKey: readPublicKey(requireSignature) }),
    problems: timeout.problem === undefined ? [] : [timeout.problem],
  };
}

function readTimeout(
  chosen: number | undefined,
  text: string | undefined,
): { readonly seconds: number; readonly problem?: ProblemError } {
  if (chosen !== undefined) return { seconds: chosen };
  if (!text) return { seconds: DEFAULT_LOCK_TIMEOUT };
  const seconds = parseSeconds(text.trim());
  if (seconds !== undefined) return { seconds };
  const problem = new ProblemError({
    code: "extension/lock-timeout-invalid",
    summary: `EXTENSION_STARTUP_LOCK_TIMEOUT is "${text}", which is no number of seconds; ${DEFAULT_LOCK_TIMEOUT} is used.`,
    remedy: "Set it to a number of seconds, such as 30.",
    exitCode: 2,
  });
  return { seconds: DEFAULT_LOCK_TIMEOUT, problem };
}
