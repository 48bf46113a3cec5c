import { existsSync } from "node:fs";
import type { Definition } from "../assets/definition";
import { readAssets } from "../assets/read-folder";
import { HIDING_RULES } from "../assets/rules/registry";
import { ProblemError } from "../core/errors";
import { formatFinding } from "../plan/report";

/**
 * Reads the assets of a folder, whatever else is wrong with them. A folder that is not there has none.
 *
 * @throws ProblemError `assets/broken-files` where a file cannot be read: its asset would count as one without a file
 */
export async function readDefinitions(folder: string): Promise<Definition[]> {
  if (!existsSync(folder)) return [];
  const { definitions, findings } = await readAssets(folder);
  const broken = findings.filter(({ rule }) => HIDING_RULES.has(rule) || rule === "uuid-duplicate");
  if (broken.length === 0) return definitions;
  throw new ProblemError({
    code: "assets/broken-files",
    summary: `Files of ${folder} cannot be read, so nothing tells which assets they are; nothing was written:\n${broken.map(formatFinding).join("\n")}`,
    remedy: "Correct or remove them, then run this again.",
    exitCode: 3,
  });
}
