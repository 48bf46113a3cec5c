import picomatch from "picomatch";
import type { Definition } from "./definition";
import { isUuid } from "./values";

/** How an access file names assets: a path, a UUID, or a glob. */
export interface Pattern {
  readonly text: string;
  /** Whether it names this file. */
  readonly matchesPath: (path: string) => boolean;
  /** Whether it names this asset. */
  readonly matches: (asset: Pick<Definition, "path" | "uuid">) => boolean;
  /** How close it comes to a single asset; compare with {@link compareCloseness}. */
  readonly closeness: readonly number[];
}

/**
 * Reads a pattern.
 *
 * @param paths all files of the folder: a path may hold characters that mean something in a glob
 */
export function readPattern(text: string, paths: ReadonlySet<string>): Pattern {
  const uuid = isUuid(text) ? text.toLowerCase() : undefined;
  if (uuid !== undefined) {
    return { text, matchesPath: () => false, matches: (asset) => asset.uuid === uuid, closeness: [2, 0, 0] };
  }
  const isPath = paths.has(text);
  // Without "not": a slip would name all other assets.
  const matchesGlob = picomatch(text, { dot: true, nonegate: true });
  const matchesPath = isPath ? (path: string) => path === text : (path: string) => matchesGlob(path);
  const closeness = isPath ? [2, 0, 0] : [1, countFixedFolders(text), text.includes("**") ? 0 : 1];
  return { text, matchesPath, matches: ({ path }) => matchesPath(path), closeness };
}

/** Above 0 where the first is closer: a path before a glob, more fixed folders before fewer, `*` before `**`. */
export function compareCloseness(left: Pattern, right: Pattern): number {
  const differences = left.closeness.map((part, index) => part - (right.closeness[index] ?? 0));
  return differences.find((difference) => difference !== 0) ?? 0;
}

/** The patterns that come closest, all equally close. */
export function findClosest<Candidate extends { readonly pattern: Pattern }>(
  candidates: readonly Candidate[],
): Candidate[] {
  return candidates.filter(({ pattern }) => candidates.every((other) => compareCloseness(pattern, other.pattern) >= 0));
}

function countFixedFolders(glob: string): number {
  const folders = glob.split("/").slice(0, -1);
  const firstOpen = folders.findIndex((folder) => /[*?[\]{}()!+@]/.test(folder));
  return firstOpen === -1 ? folders.length : firstOpen;
}
