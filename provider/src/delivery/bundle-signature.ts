import { ProblemError } from "../core/errors";
import { readSmallFile } from "../core/files";
import type { ExtensionBundle } from "../extensions/bundle";
import { isSignature, type SignedBundle, signatureFile, signedPart, verifySignature } from "../extensions/signature";

/**
 * The signature that lies beside a bundle (`<bundle>.sig`); undefined where there is none.
 *
 * @param requiredKey public Ed25519 key in PEM: the bundle must be signed with its other half. Without it a signature is
 *   taken along unproven
 * @throws ProblemError `extension/signature-malformed`, `extension/unsigned`, `extension/signature-wrong`,
 *   `extension/key-invalid`
 */
export async function readSignature(
  bundle: ExtensionBundle,
  requiredKey: string | undefined,
): Promise<string | undefined> {
  const file = signatureFile(bundle.source.path);
  const signature = (await readSmallFile(file))?.trim();
  // It goes where others read it: nothing but a signature may, least of all a key that lies there by mistake.
  if (signature !== undefined && !isSignature(signature)) throw malformed(file);
  if (requiredKey !== undefined) assertSigned(signedPart(bundle), signature, requiredKey, bundle.source.path);
  return signature;
}

/**
 * Makes sure that a bundle is signed.
 *
 * @param requiredKey public Ed25519 key in PEM
 * @param path of the bundle, for people
 * @throws ProblemError `extension/unsigned`, `extension/signature-wrong`, `extension/key-invalid`
 */
export function assertSigned(
  bundle: SignedBundle,
  signature: string | undefined,
  requiredKey: string,
  path: string,
): void {
  if (signature === undefined) {
    throw new ProblemError({
      code: "extension/unsigned",
      summary: `${path} has no signature.`,
      why: `There is no ${signatureFile(path)}, and signatures are required.`,
      remedy: "Sign it where it is built: `pulumi-superset extension sign`.",
      exitCode: 3,
    });
  }
  if (verifySignature(bundle, signature, requiredKey)) return;
  throw new ProblemError({
    code: "extension/signature-wrong",
    summary: `The signature of ${path} is not right.`,
    why: "The bundle was changed after it was signed, or it was signed with another key.",
    remedy: "Take the bundle from where it was built, and look whose key it was signed with.",
    exitCode: 3,
  });
}

function malformed(file: string): ProblemError {
  return new ProblemError({
    code: "extension/signature-malformed",
    summary: `${file} is no signature.`,
    why: "A signature is 64 bytes in base64, in a file of its own.",
    remedy: "Remove it, or sign the bundle again: `pulumi-superset extension sign`.",
    exitCode: 3,
  });
}
