import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { describeUnknown, ProblemError } from "../core/errors";
import type { ExtensionBundle } from "./bundle";

/** What a signature is about: content, not bytes of a file, so that a bundle may be packed again. */
export type SignedBundle = Pick<ExtensionBundle, "id" | "version"> & { readonly checksum: string };

/** Where the signature of a `.supx` lies. */
export function signatureFile(file: string): string {
  return `${file}.sig`;
}

/** An Ed25519 signature, 64 bytes, in base64. */
const SIGNATURE = /^[A-Za-z0-9+/]{86}==$/;

/** Whether a text has the form of a signature. */
export function isSignature(text: string): boolean {
  return SIGNATURE.test(text);
}

/** Id, version and whole checksum of a bundle, as they are signed. */
export function signedPart({ id, version, checksums }: ExtensionBundle): SignedBundle {
  return { id, version, checksum: checksums.whole };
}

/**
 * Signs a bundle with Ed25519.
 *
 * @param privateKeyPem PKCS#8, as `openssl genpkey -algorithm ed25519` writes it
 * @returns the signature in base64, without a line end
 * @throws ProblemError `extension/key-invalid`
 */
export function signBundle(bundle: SignedBundle, privateKeyPem: string): string {
  return sign(null, messageOf(bundle), readKey(privateKeyPem, createPrivateKey, "private")).toString("base64");
}

/**
 * Whether the signature is that of the key's owner for this id, version and content.
 *
 * @param signature base64; blanks and line ends around it do not matter
 * @param publicKeyPem SPKI, as `openssl pkey -pubout` writes it
 * @throws ProblemError `extension/key-invalid`
 */
export function verifySignature(bundle: SignedBundle, signature: string, publicKeyPem: string): boolean {
  const key = readKey(publicKeyPem, createPublicKey, "public");
  return verify(null, messageOf(bundle), key, Buffer.from(signature.trim(), "base64"));
}

/**
 * Makes sure that a key can verify signatures.
 *
 * @param publicKeyPem SPKI
 * @throws ProblemError `extension/key-invalid`
 */
export function assertPublicKey(publicKeyPem: string): void {
  readKey(publicKeyPem, createPublicKey, "public");
}

function messageOf({ id, version, checksum }: SignedBundle): Buffer {
  return Buffer.from(`pulumi-superset extension v1\n${id}\n${version}\n${checksum}\n`);
}

function readKey(pem: string, read: (pem: string) => KeyObject, kind: "private" | "public"): KeyObject {
  const remedy =
    kind === "private"
      ? "Give a private Ed25519 key in PEM, without a passphrase: `openssl genpkey -algorithm ed25519`."
      : "Give the public Ed25519 key in PEM: `openssl pkey -in private.pem -pubout`.";
  const summary = `The ${kind} key for signatures is no Ed25519 key in PEM.`;
  // OpenSSL makes the public key of a private one; servers would hold what only builds may have.
  if (kind === "public" && pem.includes("PRIVATE KEY-----")) {
    const why = "It is a private key, which only builds may read: servers get its public half.";
    throw new ProblemError({ code: "extension/key-invalid", summary, why, remedy, exitCode: 2 });
  }
  if (kind === "private" && pem.includes("PUBLIC KEY-----")) {
    const why = "It is a public key, which verifies and cannot sign.";
    throw new ProblemError({ code: "extension/key-invalid", summary, why, remedy, exitCode: 2 });
  }
  let key: KeyObject;
  try {
    key = read(pem);
  } catch (error) {
    throw new ProblemError({
      code: "extension/key-invalid",
      summary,
      why: describeUnknown(error),
      remedy,
      exitCode: 2,
    });
  }
  if (key.asymmetricKeyType === "ed25519") return key;
  const why = `It is a key for ${key.asymmetricKeyType ?? "something else"}.`;
  throw new ProblemError({ code: "extension/key-invalid", summary, why, remedy, exitCode: 2 });
}
