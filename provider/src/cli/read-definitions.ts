import { existsSync } from "node:fs";
import type { Definition, Finding } from "../assets/definition";
import { readAssets } from "../assets/read-folder";
import { HIDING_RULES } from "../assets/rules/registry";
import { createPathFilter, type FolderFilter } from "../assets/scan-folder";
import { ProblemError } from "../core/errors";
import { formatFinding } from "../plan/report";

/**
 * Reads the assets of a folder, whatever else is wrong with them. A folder that is not there has none.
 *
 * @param filter what the settings leave out is read too, for it has a file; but nothing is refused because of it
 * @throws ProblemError `assets/broken-files` where a file cannot be read: its asset would count as one without a file
 */
export async function readDefinitions(folder: string, filter: FolderFilter = {}): Promise<Definition[]> {
  if (!existsSync(folder)) return [];
  const isIncluded = createPathFilter(filter);
  const { definitions, findings } = await readAssets(folder);
  const chosen = chooseFiles(definitions, isIncluded);
  const broken = findings.filter((finding) => isIncluded(finding.file) && hidesAsset(finding, chosen));
  if (broken.length === 0) return chosen;
  throw new ProblemError({
    code: "assets/broken-files",
    summary: `Files of ${folder} cannot be read, so nothing tells which assets they are; nothing was written:\n${broken.map(formatFinding).join("\n")}`,
    remedy: "Correct or remove them, then run this again.",
    exitCode: 3,
  });
}

/** Of two files of one UUID, one of which the settings leave out, the other one counts. */
function chooseFiles(definitions: readonly Definition[], isIncluded: (path: string) => boolean): Definition[] {
  const taken = new Set(definitions.filter(({ path }) => isIncluded(path)).map(({ uuid }) => uuid));
  return definitions.filter(({ path, uuid }) => {
    if (isIncluded(path)) return true;
    const isFirst = !taken.has(uuid);
    taken.add(uuid);
    return isFirst;
  });
}

function hidesAsset({ rule, file }: Finding, definitions: readonly Definition[]): boolean {
  if (rule !== "uuid-duplicate") return HIDING_RULES.has(rule);
  const uuid = definitions.find(({ path }) => path === file)?.uuid;
  return definitions.filter((definition) => definition.uuid === uuid).length > 1;
}
