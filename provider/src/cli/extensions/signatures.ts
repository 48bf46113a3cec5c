import { readFileSync } from "node:fs";
import { describeUnknown, ProblemError } from "../../core/errors";

/**
 * The public key that signatures must fit, in PEM.
 *
 * @throws ProblemError `extension/key-unreadable`
 */
export function readPublicKey(file: string): string {
  return readKeyFile(file, "public");
}

/**
 * The private key that signs, in PEM: of a file, or of an environment variable.
 *
 * @throws ProblemError `extension/key-unreadable`, `extension/key-missing`
 */
export function readPrivateKey(given: { readonly key?: string; readonly keyEnv?: string }): string {
  const { key, keyEnv } = given;
  if (keyEnv !== undefined) assertNoKey(keyEnv);
  if (key !== undefined && keyEnv === undefined) return readKeyFile(key, "private");
  const value = keyEnv === undefined || key !== undefined ? undefined : process.env[keyEnv];
  // A variable that is set to nothing holds no key.
  if (value) return value;
  throw new ProblemError({
    code: "extension/key-missing",
    summary:
      keyEnv === undefined || key !== undefined
        ? "The private key is wanted once: --key or --key-env."
        : `The environment variable ${keyEnv} is not set.`,
    remedy: "Give --key with a file, or --key-env with the name of a variable that holds the key in PEM.",
    exitCode: 2,
  });
}

/** `--key "$KEY"` is an easy mistake; the error must not show the key in the log of a build. */
function assertNoKey(text: string): void {
  if (!text.includes("-----BEGIN ")) return;
  throw new ProblemError({
    code: "extension/key-unreadable",
    summary: "The key itself is given where the name of its file or variable is wanted.",
    why: "Arguments are seen by everybody on the machine. Where it is a private key, make a new one.",
    remedy: "Name the file that holds the key in PEM, or for a private one --key-env and the name of its variable.",
    exitCode: 2,
  });
}

function readKeyFile(file: string, kind: "private" | "public"): string {
  assertNoKey(file);
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ProblemError({
      code: "extension/key-unreadable",
      summary: `The ${kind} key ${file} cannot be read.`,
      why: describeUnknown(error),
      remedy: "Name the file that holds the key in PEM.",
      exitCode: 2,
    });
  }
}
