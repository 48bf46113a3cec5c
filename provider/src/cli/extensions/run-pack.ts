import { existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, extname, join, resolve } from "node:path";
import { ProblemError } from "../../core/errors";
import { isFolder } from "../../core/files";
import { count, formatJson } from "../../core/plain-text";
import type { ExtensionBundle } from "../../extensions/bundle";
import { listBundles } from "../../extensions/discover";
import { packBundle } from "../../extensions/pack";
import { readBundle } from "../../extensions/read-bundle";
import { signatureFile } from "../../extensions/signature";
import { tell } from "../progress";
import { formatSize, showPath, toBundleReport } from "./bundle-rows";
import { summarise, toReport } from "./findings-report";
import { readOne } from "./read-paths";

/** What `pack` was called with. */
export interface PackOptions {
  /** The .supx, or the folder for it. */
  readonly output?: string;
  readonly json?: boolean;
}

/**
 * Packs a bundle.
 *
 * @returns the exit code
 * @throws ProblemError `extension/invalid`, `extension/other-version-beside`, `extension/output-invalid`
 */
export async function runPack(path: string, { output = ".", json }: PackOptions): Promise<number> {
  const { bundle, findings } = await readOne(path);
  const file = chooseFile(output, bundle);
  await refuseOthers(file, bundle);
  const before = existsSync(file) ? (await readBundle({ kind: "supx", path: file })).bundle : undefined;
  await packBundle(bundle, file);
  // A signature is of the content.
  if (before?.checksums.whole !== bundle.checksums.whole) dropSignature(file);
  const { size } = statSync(file);
  if (json) {
    const report = { ...toBundleReport(bundle), path: file, packed: size, findings: findings.map(toReport) };
    process.stdout.write(`${formatJson({ version: 1, bundle: report })}\n`);
    return 0;
  }
  for (const { summary, rule } of findings) tell(`warning: ${summary} [${rule}]`);
  if (findings.length > 0) tell(`${summarise(findings)}.`);
  process.stdout.write(
    `${bundle.id} ${bundle.version}: ${showPath(file)} (${formatSize(size)}, ${count(bundle.entries.length, "file")})\n`,
  );
  process.stdout.write(`checksum ${bundle.checksums.whole}\n`);
  return 0;
}

/** Publisher and name are in the file's name: two publishers may use one name. */
function chooseFile(output: string, { id, version }: ExtensionBundle): string {
  const place = resolve(output);
  if (place.endsWith(".supx")) return requireFolder(dirname(place), join(dirname(place), basename(place)));
  return requireFolder(place, join(place, `${id}-${version}.supx`));
}

/** A folder that is missing is made; whole paths that are missing are slips. */
function requireFolder(folder: string, file: string): string {
  if (isFolder(folder) || makeFolder(folder)) return file;
  throw new ProblemError({
    code: "extension/output-invalid",
    summary: `There is no folder ${showPath(folder)}; nothing was written.`,
    remedy: "Make it, or give --output a folder or a file name that ends with .supx.",
    exitCode: 2,
  });
}

/** @returns whether it is there now: not where another folder is missing above it, or where it is named as a file */
function makeFolder(path: string): boolean {
  if (!isFolder(dirname(path)) || extname(path) !== "") return false;
  try {
    // Two builds may do this at once.
    mkdirSync(path, { recursive: true });
    return true;
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return false;
    throw error;
  }
}

/** Of what the file was before, or of a file that is gone: delivered with this one it would be wrong. */
function dropSignature(file: string): void {
  const signature = signatureFile(file);
  if (!existsSync(signature)) return;
  rmSync(signature);
  tell(`${showPath(signature)} was of another content and is removed: sign the bundle again.`);
}

/** Beside each other they would be two of one id, of which Superset takes any. */
async function refuseOthers(file: string, { id }: ExtensionBundle): Promise<void> {
  const others: string[] = [];
  for (const source of await listBundles(dirname(file))) {
    if (source.kind !== "supx" || source.path === file) continue;
    const { bundle } = await readBundle(source);
    if (bundle?.id === id) others.push(`  ${showPath(source.path)} (${bundle.version})`);
  }
  if (others.length === 0) return;
  throw new ProblemError({
    code: "extension/other-version-beside",
    summary: [`${id} lies in ${showPath(dirname(file))} already; nothing was written:`, ...others].join("\n"),
    why: "Superset takes whichever file of one id it finds first, not the newest.",
    remedy: "Remove it, or give --output another folder.",
    exitCode: 3,
  });
}
