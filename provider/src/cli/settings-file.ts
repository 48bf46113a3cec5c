import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { ProblemError } from "../core/errors";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import { findProject, findStackFile } from "./project-files";

/** Settings of one run that take the place of the stack's own, by key without the namespace. */
export type SettingOverrides = Readonly<Record<string, string>>;

/**
 * Copies the settings file of a stack with other settings, for one run: the engine would store `--config` in the file.
 *
 * @param folder where the copy goes
 * @returns path of the copy
 * @throws ProblemError `settings/file-missing`
 */
export function writeSettingsFile(stack: string, cwd: string, overrides: SettingOverrides, folder: string): string {
  const name = stack.split("/").pop() ?? stack;
  const file = findStackFile(findProject(cwd), stack);
  if (file === undefined) {
    throw new ProblemError({
      code: "settings/file-missing",
      summary: `There is no Pulumi.${name}.yaml in ${cwd}, so there are no settings to change for this run.`,
      remedy: "Name the folder of Pulumi.yaml with --cwd.",
      place: { stack },
      exitCode: 2,
    });
  }
  const settings = parseDocument(readFileSync(file, "utf8"));
  for (const [key, value] of Object.entries(overrides))
    settings.setIn(["config", `${SETTINGS_NAMESPACE}:${key}`], value);
  const copy = join(folder, `Pulumi.${name}.yaml`);
  writeFileSync(copy, settings.toString());
  return copy;
}
