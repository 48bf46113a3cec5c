import { readFile } from "node:fs/promises";
import { ProblemError } from "../core/errors";
import type { ExtensionBundle } from "../extensions/bundle";
import { signatureFile, signedPart, verifySignature } from "../extensions/signature";

/**
 * The signature that lies beside a bundle (`<bundle>.sig`); undefined where there is none.
 *
 * @param requiredKey public Ed25519 key in PEM: the bundle must be signed with its other half. Without it a signature is
 *   taken along unread
 * @throws ProblemError `extension/unsigned`, `extension/signature-wrong`, `extension/key-invalid`
 */
export async function readSignature(
  bundle: ExtensionBundle,
  requiredKey: string | undefined,
): Promise<string | undefined> {
  const file = signatureFile(bundle.source.path);
  const signature = await readIfThere(file);
  if (requiredKey === undefined) return signature;
  if (signature === undefined) {
    throw new ProblemError({
      code: "extension/unsigned",
      summary: `${bundle.source.path} has no signature; it was not delivered.`,
      why: `There is no ${file}, and signatures are required.`,
      remedy: "Sign it where it is built: `pulumi-superset extension sign`.",
      exitCode: 3,
    });
  }
  if (verifySignature(signedPart(bundle), signature, requiredKey)) return signature;
  throw new ProblemError({
    code: "extension/signature-wrong",
    summary: `The signature of ${bundle.source.path} is not right; it was not delivered.`,
    why: "The bundle was changed after it was signed, or it was signed with another key.",
    remedy: "Take the bundle from where it was built, and look whose key it was signed with.",
    exitCode: 3,
  });
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
