import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { ProblemError } from "../core/errors";
import { readSignature } from "../delivery/bundle-signature";
import type { BundleSource, ExtensionBundle } from "../extensions/bundle";
import type { ExtensionSettings } from "../settings/extensions";

/**
 * What a path is: a packed bundle, or an extension's development folder.
 *
 * @param path absolute
 * @param stated as the program states it, for the error
 * @throws ProblemError `extension/bundle-missing`
 */
export async function findSource(path: string, stated: string): Promise<BundleSource> {
  const isFolder = existsSync(path) && (await stat(path)).isDirectory();
  if (!isFolder && existsSync(path)) return { kind: "supx", path };
  if (isFolder && existsSync(join(path, "dist", "manifest.json"))) return { kind: "folder", path };
  throw new ProblemError({
    code: "extension/bundle-missing",
    summary: isFolder ? `The folder ${stated} has no dist/manifest.json.` : `There is no bundle ${stated}.`,
    remedy: "Build it (`superset-extensions build` in the folder of the extension), or correct the path.",
    exitCode: 2,
  });
}

/** What is known of a bundle's signature. */
export interface SignatureReading {
  /** Base64; absent where the bundle has none. */
  readonly signature?: string;
  /** Why the bundle must not be delivered; absent where nothing stands against it. */
  readonly obstacle?: string;
}

/** Reads the signature beside a bundle, and checks it where the settings require one. */
export async function judgeSignature(
  bundle: ExtensionBundle,
  { publicKey, requireSignature }: Pick<ExtensionSettings, "publicKey" | "requireSignature">,
): Promise<SignatureReading> {
  try {
    const signature = await readSignature(bundle, requireSignature ? publicKey : undefined);
    return signature === undefined ? {} : { signature };
  } catch (error) {
    // All bundles that are refused are told at once. A key that is none is a fault of the settings.
    if (!(error instanceof ProblemError) || error.code === "extension/key-invalid") throw error;
    return { obstacle: [error.summary, error.why, error.remedy].filter(Boolean).join(" ") };
  }
}
