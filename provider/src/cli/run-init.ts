import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { COLUMNS, count, formatJson, plainLine, wrapText } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import { type Adoption, adopt } from "./adopt";
import { askLine, askYes } from "./ask";
import { type ChosenStack, chooseLogin, reportServer } from "./choose-login";
import { assertStackName, chooseAddress, readSource, type StackOptions } from "./choose-stack";
import { assertEmpty, nameProject, writeProject } from "./empty-folder";
import {
  describeContents,
  describeInstance,
  exportAll,
  type FirstExport,
  installPackages,
  isMostlyLocked,
  listProjectFiles,
  readContents,
} from "./init";
import { draftLogin } from "./login-options";
import { describeLogin, type TestedLogin } from "./login-test";
import { describeSecret } from "./new-login";
import { guessStackName, NAME_PATTERN, type NewStack } from "./new-stack";
import { showStep } from "./progress";
import { assertBackend, selectStack } from "./stack-backend";
import { withSharedLogin } from "./stack-login";
import { encryptSecret, makeStack } from "./stack-steps";
import { runSteps } from "./steps";
import { sayWhenStopped } from "./stopping";

/** What `init` was called with. */
export type InitOptions = StackOptions & {
  readonly stack?: string;
  readonly export?: boolean;
  readonly adopt?: boolean;
  readonly install: boolean;
  readonly package?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/**
 * Makes a project for a server that is there.
 *
 * @param path of its folder
 * @returns the exit code
 */
export async function runInit(path: string, options: InitOptions): Promise<number> {
  const folder = resolve(path);
  assertEmpty(folder);
  await showStep("Asking Pulumi", () => assertBackend(existsSync(folder) ? folder : process.cwd()));
  const chosen = await chooseServer(options);
  const { tested } = chosen;
  tell(describeLogin(chosen.stack, tested));
  const instance = describeInstance(chosen.stack.name, tested, folder);
  const inventory = await readContents(instance);
  // The lock of a production server would be written to it: nothing is, before people want it.
  const stack = { ...chosen.stack, managed: isMostlyLocked(inventory) };
  const wishes = await chooseExport(describeContents(inventory), options);
  const exported = wishes.exports ? await exportAll(instance, process.cwd()) : undefined;
  const project = { folder, name: nameProject(folder), stack, ...(options.package && { package: options.package }) };
  const files = listProjectFiles(project, exported?.files ?? []);
  await showStep("Writing the project", () =>
    runSteps([writeProject(folder, files), makeStack(stack.name, folder), encryptSecret(stack, folder)]),
  );
  sayWhenStopped(describeStopped(folder, stack.name, wishes.adopts));
  tell(describeProject(folder, chosen, exported));
  await selectStack(stack.name, folder);
  if (options.install) await installPackages(folder);
  const adoption = wishes.adopts && options.install ? await takeOver(stack.name, tested, folder) : undefined;
  if (adoption !== undefined) tell(describeAdoption(adoption));
  tell(describeNext(folder, stack, options.install));
  if (options.json) process.stdout.write(`${formatJson(toReport(folder, chosen, exported, adoption))}\n`);
  return adoption?.leftover === undefined ? 0 : 7;
}

/** A stack whose login was tested. */
type TestedStack = ChosenStack & { readonly tested: TestedLogin };

async function chooseServer(options: InitOptions): Promise<TestedStack> {
  if (options.stack !== undefined) assertStackName(options.stack);
  const source = readSource(options);
  const draft = draftLogin(options, source);
  const url = await chooseAddress(options, source);
  const name = options.stack ?? (await chooseStackName(url, options.yes === true));
  const { tested, ...chosen } = await chooseLogin({ name, url }, { options, draft, isTested: true });
  if (tested === undefined) throw new Error("bug: the login of a new project was not tested");
  return { ...chosen, tested };
}

/** A person who logged in in the browser is not asked again: the engine is served the same token. */
function takeOver(stack: string, { settings, client }: TestedLogin, folder: string): Promise<Adoption> {
  return withSharedLogin(
    settings,
    stack,
    ({ env }) => showStep("Taking over what the server has", () => adopt(stack, folder, env)),
    client,
  );
}

async function chooseStackName(url: string, isUsual: boolean): Promise<string> {
  const preset = guessStackName(url);
  if (isUsual) return preset;
  return askLine({
    text: "Name of the stack for it",
    preset,
    otherwise: "Pass --stack, or --yes for the usual answers",
    check: (answer) => (NAME_PATTERN.test(answer) ? undefined : "Use letters, digits, hyphens and dots."),
  });
}

interface Wishes {
  readonly exports: boolean;
  readonly adopts: boolean;
}

async function chooseExport(contents: string | undefined, options: InitOptions): Promise<Wishes> {
  if (contents === undefined) {
    tell("There is nothing on the server yet.");
    return { exports: false, adopts: false };
  }
  tell(`It has ${contents}.\nNothing is written to it, whatever you answer here.`);
  const { yes } = options;
  const decide = (given: boolean | undefined, text: string, option: string) =>
    given ?? (yes ? true : askYes({ text, otherwise: `Pass --${option} or --no-${option}, or --yes` }));
  const exports = await decide(options.export, "Write all of it into files?", "export");
  if (!exports || !options.install) return { exports, adopts: false };
  const text = "Take it over, so that `pulumi preview` shows no change?";
  return { exports, adopts: await decide(options.adopt, text, "adopt") };
}

function describeProject(folder: string, { stack, isRoleGuessed }: ChosenStack, exported?: FirstExport): string {
  const { name, role, login } = stack;
  return [
    `The project "${nameProject(folder)}" is in ${folder}.`,
    `Pulumi.${name}.yaml: role ${role}${isRoleGuessed ? " (guessed)" : ""}.${describeSecret(login)}`,
    ...(login.provider === "oidc" ? [NOT_IN_CI] : []),
    ...(exported === undefined ? [] : describeExport(exported)),
  ].join("\n");
}

const NOT_IN_CI =
  "The workflows in .github cannot log in with a browser: before you use them, give the stack another login (docs/auth.md).";

/** This command would not begin again: the folder is not empty any more. */
function describeStopped(folder: string, stack: string, adopts: boolean): string {
  const takeOver = `, then \`npx pulumi-superset deploy --stack ${stack} --strategy ""\`, which takes over what the server has`;
  return `Stopped; the project is made in ${folder}. What may be left: \`npm install\` there${adopts ? takeOver : ""}.`;
}

function describeExport({ plan }: FirstExport): string[] {
  const { added, homeless, failures } = plan;
  const left = [
    ...homeless.map((title) => `${describeAsset("chart", title)}: its dataset was deleted`),
    ...failures.map(({ remote, error }) => `${describeAsset(remote.kind, remote.title)}: ${error.summary}`),
  ];
  return [
    `assets/: ${count(added.length, "file")}.`,
    ...(left.length === 0 ? [] : ["Left out:", ...left.map((line) => `  ${plainLine(line)}`)]),
  ];
}

function describeAdoption({ assets, leftover }: Adoption): string {
  const taken = `${count(assets, "asset")} taken over; nothing was written to the server.`;
  if (leftover === undefined) return `${taken}\n\`pulumi preview\` shows no change.`;
  return `${taken}\n\`pulumi preview\` still finds something to do:\n${leftover}`;
}

function describeNext(folder: string, { name, login }: NewStack, isInstalled: boolean): string {
  const path = relative(process.cwd(), folder);
  const other = name === "qa" ? "production" : "qa";
  const pulumi = login.provider === "oidc" ? "npx pulumi-superset pulumi" : "pulumi";
  return [
    "Next:",
    ...(path === "" ? [] : [`  cd ${path}`]),
    ...(isInstalled ? [] : ["  npm install"]),
    `  ${pulumi} preview --stack ${name} --diff`,
    "  git init && git add --all && git commit",
    `  npx pulumi-superset stack add ${other} --url https://…     for one more server`,
    "Before the workflows in .github can run: README.md.",
  ].join("\n");
}

function toReport(
  folder: string,
  chosen: ChosenStack,
  exported: FirstExport | undefined,
  adoption: Adoption | undefined,
) {
  return {
    version: 1,
    folder,
    stack: chosen.stack.name,
    ...reportServer(chosen),
    exported: exported?.plan.added.length ?? 0,
    adopted: adoption?.assets ?? 0,
    previewIsEmpty: adoption === undefined ? null : adoption.leftover === undefined,
  };
}

/** Lines that are indented hold commands and names: those stay whole. */
function tell(text: string): void {
  const lines = text.split("\n").flatMap((line) => (line.startsWith(" ") ? [line] : wrapText(line, COLUMNS)));
  process.stderr.write(`${lines.join("\n")}\n`);
}
