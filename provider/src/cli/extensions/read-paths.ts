import { existsSync, type Stats, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { describeUnknown, ProblemError } from "../../core/errors";
import type { BundleReading, BundleSource, ExtensionBundle, Finding } from "../../extensions/bundle";
import { readBundle } from "../../extensions/read-bundle";
import { readExtensions } from "../../extensions/read-extensions";
import { summarise } from "./findings-report";

/** What paths of bundles and of folders of bundles came to. */
export interface PathsReading {
  readonly bundles: readonly ExtensionBundle[];
  readonly findings: readonly Finding[];
  /** How many bundles there are, sound or not. */
  readonly discovered: number;
}

/**
 * The bundle that a path is; undefined for a folder of bundles.
 *
 * @throws ProblemError `extension/path-missing`
 */
export function findSource(path: string): BundleSource | undefined {
  const absolute = resolve(path);
  if (readStats(path, absolute).isFile()) return { kind: "supx", path: absolute };
  // Also without a manifest: that it lacks one is what is to be told.
  const isFolder = basename(absolute) !== "dist" && existsSync(join(absolute, "dist"));
  return isFolder ? { kind: "folder", path: absolute } : undefined;
}

/** Reads a bundle, or a folder of them. */
export async function readPath(path: string): Promise<PathsReading> {
  const source = findSource(path);
  if (source === undefined) return readExtensions(resolve(path));
  const { bundle, findings } = await readBundle(source);
  return { bundles: bundle === undefined ? [] : [bundle], findings, discovered: 1 };
}

/**
 * Reads the one bundle at a path.
 *
 * @throws ProblemError `extension/not-one`, `extension/invalid`
 */
export async function readOne(path: string): Promise<BundleReading & { readonly bundle: ExtensionBundle }> {
  const source = findSource(path);
  if (source === undefined) throw notOne(path);
  const { bundle, findings } = await readBundle(source);
  if (bundle === undefined) throw invalid(path, findings);
  return { bundle, findings };
}

/** A bundle that nothing is done with because of its errors; each is told. */
export function invalid(path: string, findings: readonly Finding[]): ProblemError {
  const errors = findings.filter(({ severity }) => severity === "error");
  const list = errors.map(({ summary, rule, remedy }) => `  - ${summary} [${rule}]\n    to do: ${remedy}`);
  return new ProblemError({
    code: "extension/invalid",
    summary: [`${path} is no sound bundle: ${summarise(errors)}`, ...list].join("\n"),
    remedy: "Correct all of it; `pulumi-superset extension validate` checks it again.",
    exitCode: 3,
  });
}

function readStats(path: string, absolute: string): Stats {
  try {
    return statSync(absolute);
  } catch (error) {
    throw new ProblemError({
      code: "extension/path-missing",
      summary: `${path} cannot be read.`,
      why: describeUnknown(error),
      remedy: "Name a .supx file, the folder of an extension, or a folder of bundles.",
      exitCode: 2,
    });
  }
}

function notOne(path: string): ProblemError {
  return new ProblemError({
    code: "extension/not-one",
    summary: `${path} is neither a .supx file nor the folder of an extension: it has no dist/.`,
    remedy: "Build it first (`superset-extensions build`), or name the folder that has dist/.",
    exitCode: 2,
  });
}
