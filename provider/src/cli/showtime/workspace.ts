import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { stringify } from "yaml";
import { makeTemporaryFolder, type TemporaryFolder } from "../../core/temporary-folder";
import type { EnvironmentArguments } from "../../showtime/environment";
import { nameProject, nameStack } from "../../showtime/names";
import { PACKAGE } from "../own-version";

/** Not the whole package: what assets need takes longer to load than all the rest of an empty run. */
const PROGRAM = join(PACKAGE, "dist", "resources", "environment-program.js");

/** The key of a stack's configuration that its program reads. */
const CONFIGURATION_KEY = "showtime:environment";

/** A folder with the Pulumi project of the environments: Pulumi wants one on the disk. */
export interface Workspace {
  readonly folder: string;
  readonly stack: string;
  /** What the program declares from now on; undefined: nothing. */
  declare(environment: EnvironmentArguments | undefined): void;
  remove(): void;
}

/** Makes the project for one stack; its program is the packaged one. */
export function makeWorkspace(project: string, pullRequest: number): Workspace {
  const folder = makeProject(project);
  const stack = nameStack(pullRequest);
  linkPackages(folder.path);
  return {
    folder: folder.path,
    stack,
    declare(environment) {
      const config = environment === undefined ? {} : { [CONFIGURATION_KEY]: JSON.stringify(environment) };
      writeFileSync(join(folder.path, `Pulumi.${stack}.yaml`), stringify({ config }));
    },
    remove: () => folder.remove(),
  };
}

/** A folder with the project alone: enough to ask the backend for its stacks. */
export function makeProject(project: string): TemporaryFolder {
  const folder = makeTemporaryFolder("pulumi-superset-showtime-");
  const write = (name: string, text: string) => writeFileSync(join(folder.path, name), text);
  const settings = { name: nameProject(project), runtime: { name: "nodejs", options: { typescript: false } } };
  write("Pulumi.yaml", stringify({ ...settings, main: "index.js" }));
  write("package.json", JSON.stringify({ name: nameProject(project), private: true }));
  write("index.js", `module.exports = require(${JSON.stringify(PROGRAM)}).declareEnvironment();\n`);
  return folder;
}

/** These two alone: the engine takes every other package that it finds for one that may need a plugin, and looks for it. */
export function linkPackages(folder: string): void {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "@pulumi"), { recursive: true });
  const manifest = createRequire(join(PACKAGE, "package.json")).resolve("@pulumi/pulumi/package.json");
  symlinkSync(PACKAGE, join(modules, "pulumi-superset"), "junction");
  symlinkSync(dirname(manifest), join(modules, "@pulumi", "pulumi"), "junction");
}
