import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { ASSET_KINDS } from "../assets/definition";
import type { FileChange } from "../assets/write-file";
import { describeUnknown, ProblemError } from "../core/errors";
import { count } from "../core/plain-text";
import { type Inventory, loadInventory } from "../superset/inventory";
import { assertNoSecrets, readExport, type ServerExportPlan, toChange } from "./export";
import type { Instance } from "./instances";
import type { NewServer } from "./login-test";
import { secretOf, usualVariable, variableOf } from "./new-login";
import { formatStackFile, type NewStack, usernameVariable } from "./new-stack";
import { readOwnVersion } from "./own-version";
import { showStep } from "./progress";
import { renderTemplates, type StackNames, type TemplateValues } from "./project-template";

const run = promisify(execFile);

/** The server of a new project, as an export reads it. */
export function describeInstance(name: string, { settings, client }: NewServer, folder: string): Instance {
  return { name, settings, client, folder: join(folder, settings.assets) };
}

/** Everything that a server has, for a question about it. */
export function readContents({ client, settings }: Instance): Promise<Inventory> {
  return showStep(`Asking ${settings.url}`, () => loadInventory(client));
}

/** `3 databases, 12 datasets`; undefined where there is nothing. */
export function describeContents(inventory: Inventory): string | undefined {
  const kinds = ASSET_KINDS.flatMap((kind) =>
    inventory.count(kind) === 0 ? [] : [count(inventory.count(kind), kind)],
  );
  return kinds.length === 0 ? undefined : kinds.join(", ");
}

/**
 * Whether most of what a server has is locked in the UI: where it stays so, taking it over writes nothing. Lists do not
 * tell it of datasets.
 */
export function isMostlyLocked(inventory: Inventory): boolean {
  const told = inventory.all().filter(({ managed }) => managed !== undefined);
  return told.filter(({ managed }) => managed).length * 2 > told.length;
}

/** What an export of a whole server makes of a new project. */
export interface FirstExport {
  readonly plan: ServerExportPlan;
  readonly files: readonly FileChange[];
}

/**
 * Exports everything, drafts too; nothing is written yet.
 *
 * @throws ProblemError `export/secret`; what the server fails with
 */
export async function exportAll(instance: Instance, cwd: string): Promise<FirstExport> {
  const { folder } = instance;
  const plan = await readExport({ instance, folder, cwd, only: [], all: true });
  assertNoSecrets(plan, instance.name);
  return { plan, files: await Promise.all(plan.added.map((file) => toChange(file, folder))) };
}

/** What {@link listProjectFiles} needs. */
export interface NewProject {
  readonly folder: string;
  readonly name: string;
  readonly stack: NewStack;
  /** What package.json says of this package; the version of this one if it is not given. */
  readonly package?: string;
}

/** The files of a new project. What is there already, such as a README, is left alone. */
export function listProjectFiles(project: NewProject, assets: readonly FileChange[]): FileChange[] {
  const { folder, name, stack } = project;
  const values = {
    project: name,
    ...nameStacks(stack),
    url: stack.url,
    package: namePackage(project),
  };
  const files = [
    ...renderTemplates(values),
    { path: `Pulumi.${stack.name}.yaml`, text: formatStackFile(stack) },
    // Git keeps no empty folders.
    ...(assets.length === 0 ? [{ path: "assets/.gitkeep", text: "" }] : []),
  ];
  const written = files.map(({ path, text }) => ({ location: join(folder, ...path.split("/")), after: text }));
  return [...written.filter(({ location }) => !existsSync(location)), ...assets];
}

/** A project begins with one stack; what workflows say of the other one of a promotion waits for it. */
function nameStacks({ name, role, login }: NewStack): Pick<TemplateValues, "stack" | "qa" | "production" | "stacks"> {
  const nameVariables = (stack: string): StackNames => ({
    name: stack,
    secretVariable: usualVariable(stack, secretOf(login.provider).name),
    usernameVariable: usernameVariable(stack),
  });
  const own = nameVariables(name);
  const stack = { ...own, secretVariable: variableOf(login) ?? own.secretVariable };
  const [qa, production] = role === "production" ? [nameVariables("qa"), stack] : [stack, nameVariables("production")];
  return { stack, qa, production, stacks: [name] };
}

/** A file of a package is named relative to the project, so that both can move together. */
function namePackage({ folder, package: given }: NewProject): string {
  if (given === undefined) return `^${readOwnVersion()}`;
  return existsSync(resolve(given)) ? `file:${relative(folder, resolve(given))}` : given;
}

/**
 * Installs the packages of a new project.
 *
 * @throws ProblemError `init/npm-failed`
 */
export async function installPackages(folder: string): Promise<void> {
  try {
    await showStep("Installing packages with npm", () =>
      run("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder }),
    );
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw new ProblemError({
      code: "init/npm-failed",
      summary: `The project is made in ${folder}, but its packages could not be installed; what the server has was not taken over.`,
      // Where there is no npm, it says nothing.
      why: stderr?.trim() || describeUnknown(error),
      remedy:
        'Run `npm install` there. `pulumi preview` then shows what a deployment would do, and `npx pulumi-superset deploy --strategy "" --stack <stack>` takes over what the server has, without a change to it.',
    });
  }
}
