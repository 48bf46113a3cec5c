import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
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

/** Undefined where there is none that can be read: a bundle needs none. */
async function readSource(file: string): Promise<unknown> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  return text === undefined ? undefined : parseJson(text);
}
