import { writeFile } from "node:fs/promises";
import { formatJson } from "../../core/plain-text";
import { registerSecret } from "../../core/redact";
import { signatureFile, signBundle, signedPart } from "../../extensions/signature";
import { shortChecksum, showPath } from "./bundle-rows";
import { readOne } from "./read-paths";
import { readPrivateKey } from "./signatures";

/** What `sign` was called with. */
export interface SignOptions {
  /** File of the private key. */
  readonly key?: string;
  /** Environment variable that holds it. */
  readonly keyEnv?: string;
  readonly json?: boolean;
}

/**
 * Writes a signature beside each bundle: all of them are read before the first is written.
 *
 * @returns the exit code
 * @throws ProblemError `extension/invalid`, `extension/key-missing`, `extension/key-unreadable`, `extension/key-invalid`
 */
export async function runSign(files: readonly string[], options: SignOptions): Promise<number> {
  const key = readPrivateKey(options);
  registerSecret(key.trim());
  const signed = [];
  for (const file of files) {
    const { bundle } = await readOne(file);
    const { id, version, checksum } = signedPart(bundle);
    const signature = signBundle({ id, version, checksum }, key);
    signed.push({ id, version, checksum, file: signatureFile(bundle.source.path), signature });
  }
  for (const { file, signature } of signed) await writeFile(file, `${signature}\n`);
  if (options.json) process.stdout.write(`${formatJson({ version: 1, signed })}\n`);
  else
    for (const { id, version, checksum, file } of signed)
      process.stdout.write(`${id} ${version} (${shortChecksum(checksum)}): ${showPath(file)}\n`);
  return 0;
}
