import { join } from "node:path";
import { z } from "zod";
import { readSmallFile } from "../core/files";
import { parseJson } from "../core/parse-json";
import type { BundleSource, Finding } from "./bundle";
import type { ExtensionManifest } from "./manifest";
import { makeFinding } from "./rules";

const Source = z.object({ version: z.string() });

/** Whether a development folder was built again since its version was changed: what is packed is what was built. */
export async function checkBuild({ kind, path }: BundleSource, { version }: ExtensionManifest): Promise<Finding[]> {
  if (kind !== "folder") return [];
  const declared = Source.safeParse(await readSource(join(path, "extension.json")));
  if (!declared.success || declared.data.version === version) return [];
  const summary = `extension.json says ${declared.data.version}, and dist was built as ${version}`;
  return [makeFinding("build-stale", { path }, summary)];
}

/** Undefined where there is none, or none that this account may read: a bundle needs none. */
async function readSource(file: string): Promise<unknown> {
  try {
    return parseJson((await readSmallFile(file)) ?? "");
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return undefined;
    throw error;
  }
}
