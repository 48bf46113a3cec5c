import { join } from "node:path";
import { type Command, Option } from "commander";
import { ProblemError } from "../core/errors";
import { STACK_ROLES } from "../settings/schema";
import {
  assertStackName,
  type ChosenStack,
  chooseAddress,
  chooseLogin,
  readSource,
  type StackOptions,
} from "./choose-stack";
import { describeLogin } from "./login-test";
import { formatJson } from "./plain-text";
import { showStep } from "./progress";
import { findProject, findStackFile, listStackNames, type ProjectFiles, readStackFile } from "./project-files";
import { assertBackend, listBackendStacks } from "./stack-backend";
import { encryptPassword, makeStack, writeStackFile } from "./stack-steps";
import { runSteps } from "./steps";

const DESCRIPTION = `Make a stack for one more Superset server: its settings file Pulumi.<name>.yaml, and the stack in Pulumi's backend if it has none of that name.

The login is tested first; nothing is written where it fails. What is not given is asked. The password is read from the environment variable SUPERSET_<NAME>_PASSWORD (or --password-env), and then the settings file only names the variable; else it is asked, and stored encrypted by Pulumi.

With --from the address and the login come from an instance of ~/.sup/config.yml, which is never written.`;

const EXAMPLES = `
Examples:
  pulumi-superset stack add qa --url https://qa.example.com
  pulumi-superset stack add qa --from superset-qa
  pulumi-superset stack add production --url https://bi.example.com \\
    --username deployer --password-env SUPERSET_PASSWORD     without a question

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (there is such a stack,
nobody to ask), 130 stopped`;

interface CommandOptions extends StackOptions {
  readonly cwd: string;
  readonly loginTest: boolean;
  readonly json?: boolean;
}

/** `pulumi-superset stack`: stacks of the project. */
export function addStackCommand(program: Command): void {
  const stack = program.command("stack").summary("make stacks").description("Stacks of the project.");
  addServerOptions(stack.command("add"))
    .summary("make a stack for one more server")
    .description(DESCRIPTION)
    .argument("<name>", "what the stack is to be called: qa, production")
    .option("--no-login-test", "write it without asking the server")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--json", "print what was made as JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: CommandOptions) => {
      process.exitCode = await addStack(name, options);
    });
}

/** The options that describe a server and a login. */
export function addServerOptions(command: Command): Command {
  return command
    .option("--url <address>", "address of the Superset server")
    .addOption(new Option("--role <role>", "what it is for (default: guessed from the name)").choices(STACK_ROLES))
    .option("--username <user>", "the account that deploys")
    .option("--password-env <variable>", "environment variable that holds its password")
    .option("--from <instance>", "address and login of this instance of ~/.sup/config.yml");
}

/** @returns the exit code */
async function addStack(name: string, { cwd, loginTest, json, ...options }: CommandOptions): Promise<number> {
  assertStackName(name);
  const project = findProject(cwd);
  assertNew(name, project);
  const source = readSource(options);
  const isInBackend = await showStep("Asking Pulumi", () => isPrepared(name, project.folder));
  const url = await chooseAddress(options, source);
  const assets = findStatedAssets(project);
  const known = { name, url, ...(assets !== undefined && { assets }) };
  const chosen = await chooseLogin(known, options, { source, isTested: loginTest });
  const steps = isInBackend ? [] : [makeStack(name, project.folder)];
  await showStep("Making the stack", () =>
    runSteps([writeStackFile(chosen.stack, project.folder), ...steps, encryptPassword(chosen.stack, project.folder)]),
  );
  if (json) process.stdout.write(`${formatJson(toReport(chosen, project))}\n`);
  process.stderr.write(`${describeStack(chosen)}\n`);
  return 0;
}

/** @throws ProblemError `stack/exists` */
function assertNew(name: string, project: ProjectFiles): void {
  const file = findStackFile(project, name);
  if (file === undefined) return;
  throw new ProblemError({
    code: "stack/exists",
    summary: `There is a stack "${name}" already; nothing was written.`,
    remedy: `Change its settings in the file, or choose another name. \`pulumi-superset status ${name}\` tests its login.`,
    place: { file, stack: name },
    exitCode: 3,
  });
}

/** @returns whether there is a stack of that name in the backend, which then is only configured */
async function isPrepared(name: string, folder: string): Promise<boolean> {
  if ((await listBackendStacks(folder)).includes(name)) return true;
  await assertBackend(folder);
  return false;
}

/** The folder of the asset files that the other stacks name, if they agree on one. */
function findStatedAssets(project: ProjectFiles): string | undefined {
  const named = listStackNames(project).map((stack) => {
    const file = findStackFile(project, stack);
    return file === undefined ? undefined : readStackFile(file).settings.assets;
  });
  const [only] = named;
  return typeof only === "string" && named.every((assets) => assets === only) ? only : undefined;
}

function describeStack({ stack, login, isRoleGuessed }: ChosenStack): string {
  const { name, role, password } = stack;
  const guess = isRoleGuessed ? " (guessed from the name; the file says it)" : "";
  const where =
    password.kind === "secret"
      ? "The password is encrypted in it."
      : `The password is read from ${password.variable} in every run.`;
  return [
    login === undefined ? "The login was not tested." : describeLogin(stack, login),
    `Pulumi.${name}.yaml is written, role ${role}${guess}. ${where}`,
    "Next:",
    `  pulumi preview --stack ${name}            what a deployment would do; writes nothing`,
    `  pulumi-superset deploy --stack ${name}    does it`,
    `  pulumi-superset status`,
  ].join("\n");
}

function toReport({ stack, login }: ChosenStack, { folder }: ProjectFiles) {
  const { name, url, role, username, password } = stack;
  return {
    version: 1,
    stack: name,
    file: join(folder, `Pulumi.${name}.yaml`),
    url,
    role,
    username,
    passwordEnv: password.kind === "variable" ? password.variable : null,
    superset: login?.version ?? null,
    isAdmin: login?.isAdmin ?? null,
  };
}
