import picomatch from "picomatch";
import type { Definition } from "../assets/definition";
import { suggestNearest } from "../core/nearest";
import type { Settings } from "../settings/schema";

/**
 * Names the settings that fit nothing that the program declares, which is mostly a slip: one text, or undefined where
 * all fit. Globs of `include` and `exclude` are told when the folder is read (rule `glob-unused`).
 *
 * @param stated the definitions as files and program state them, before any setting renames a database
 * @param others paths of what has no file and can be protected too
 */
export function formatUnusedSettings(
  stated: readonly Definition[],
  settings: Pick<Settings, "protect" | "databases">,
  others: readonly string[] = [],
): string | undefined {
  const paths = [...stated.map(({ path }) => path), ...others];
  const lines = [...findUnusedGlobs(paths, settings.protect), ...findUnusedDatabases(stated, settings.databases)];
  return lines.length === 0 ? undefined : `Settings that fit nothing:\n${lines.join("\n")}`;
}

function findUnusedGlobs(paths: readonly string[], globs: readonly string[]): string[] {
  return globs.flatMap((glob) => {
    const matches = picomatch(glob, { dot: true });
    if (paths.some((path) => matches(path))) return [];
    return [`  superset:protect: "${glob}" fits no asset, and protects nothing${suggestNearest(glob, paths)}`];
  });
}

/** A key is the name or the UUID of a database; a UUID may also be one that only datasets name. */
function findUnusedDatabases(stated: readonly Definition[], databases: Settings["databases"]): string[] {
  const names = stated.filter(({ kind }) => kind === "database").map(({ title }) => title);
  const uuids = stated.flatMap(({ kind, uuid, references }) => [
    ...(kind === "database" ? [uuid] : []),
    ...references.flatMap((reference) => (reference.kind === "database" ? [reference.uuid] : [])),
  ]);
  return Object.keys(databases).flatMap((key) => {
    if (names.includes(key) || uuids.includes(key.toLowerCase())) return [];
    return [`  superset:databases: no asset names the database "${key}"${suggestNearest(key, [...names, ...uuids])}`];
  });
}
