import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isMapping } from "../assets/values";

/** Folder of this package. */
export const PACKAGE = join(__dirname, "../..");

/** The version of this package. Every start reads it, and a schema takes longer to load than all the rest. */
export function readOwnVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8"));
  if (isMapping(manifest) && typeof manifest.version === "string") return manifest.version;
  throw new Error("The package.json of pulumi-superset has no version.");
}
