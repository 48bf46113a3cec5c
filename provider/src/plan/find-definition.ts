import type { AssetKind, Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";

/**
 * Finds an asset of a folder as people name it: by path (with or without `.yaml`), by UUID, or by title.
 *
 * @throws ProblemError `assets/not-found` with the nearest that there is; `assets/ambiguous` where several have the title
 */
export function findDefinition(kind: AssetKind, wanted: string, definitions: readonly Definition[]): Definition {
  const ofKind = definitions.filter((definition) => definition.kind === kind);
  const exact = ofKind.find(
    ({ path, name, uuid }) => path === wanted || name === wanted || uuid === wanted.toLowerCase(),
  );
  if (exact !== undefined) return exact;
  const [found, ...others] = ofKind.filter(({ title }) => title === wanted);
  if (found === undefined) throw notFound(kind, wanted, ofKind);
  if (others.length > 0) throw ambiguous(kind, wanted, [found, ...others]);
  return found;
}

function notFound(kind: AssetKind, wanted: string, ofKind: readonly Definition[]): ProblemError {
  const names = ofKind.flatMap(({ title, name }) => [title, name]);
  return new ProblemError({
    code: "assets/not-found",
    summary: `The folder has no ${kind} "${wanted}"${suggestNearest(wanted, names)}`,
    remedy: `Name it by its path inside the folder, its UUID or its title. The folder has ${ofKind.length} of this kind; superset:include and superset:exclude may leave it out.`,
    exitCode: 3,
  });
}

function ambiguous(kind: AssetKind, wanted: string, found: readonly Definition[]): ProblemError {
  return new ProblemError({
    code: "assets/ambiguous",
    summary: `${found.length} ${kind}s of the folder have the title "${wanted}": ${found.map(({ path }) => path).join(", ")}.`,
    remedy: "Name it by its path.",
    exitCode: 3,
  });
}
