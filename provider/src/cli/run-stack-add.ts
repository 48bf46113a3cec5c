import { join } from "node:path";
import { ProblemError } from "../core/errors";
import { formatJson } from "../core/plain-text";
import { type ChosenStack, chooseLogin, reportServer } from "./choose-login";
import { assertStackName, chooseAddress, readSource, type StackOptions } from "./choose-stack";
import { draftLogin } from "./login-options";
import { describeLogin } from "./login-test";
import { describeSecret } from "./new-login";
import { showStep } from "./progress";
import { findProject, findStackFile, findStatedAssets, type ProjectFiles } from "./project-files";
import { assertBackend, listBackendStacks } from "./stack-backend";
import { encryptSecret, makeStack, writeStackFile } from "./stack-steps";
import { runSteps } from "./steps";

/** What `stack add` was called with. */
export type StackAddOptions = StackOptions & {
  readonly cwd: string;
  readonly loginTest: boolean;
  readonly json?: boolean;
};

/**
 * Makes a stack for one more server.
 *
 * @returns the exit code
 */
export async function runStackAdd(name: string, given: StackAddOptions): Promise<number> {
  const { cwd, loginTest, json, ...options } = given;
  assertStackName(name);
  const project = findProject(cwd);
  assertNew(name, project);
  const source = readSource(options);
  const draft = draftLogin(options, source);
  const isInBackend = await showStep("Asking Pulumi", () => isPrepared(name, project.folder));
  const url = await chooseAddress(options, source);
  const assets = findStatedAssets(project);
  const known = { name, url, ...(assets !== undefined && { assets }) };
  const chosen = await chooseLogin(known, { options, draft, isTested: loginTest });
  const steps = isInBackend ? [] : [makeStack(name, project.folder)];
  await showStep("Making the stack", () =>
    runSteps([writeStackFile(chosen.stack, project.folder), ...steps, encryptSecret(chosen.stack, project.folder)]),
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

function describeStack({ stack, tested, isRoleGuessed }: ChosenStack): string {
  const { name, role, login } = stack;
  const guess = isRoleGuessed ? " (guessed from the name; the file says it)" : "";
  const pulumi = login.provider === "oidc" ? "pulumi-superset pulumi" : "pulumi";
  return [
    tested === undefined ? "The login was not tested." : describeLogin(stack, tested),
    `Pulumi.${name}.yaml is written, role ${role}${guess}.${describeSecret(stack.login)}`,
    "Next:",
    `  ${pulumi} preview --stack ${name}            what a deployment would do; writes nothing`,
    `  pulumi-superset deploy --stack ${name}    does it`,
    `  pulumi-superset status`,
  ].join("\n");
}

function toReport(chosen: ChosenStack, { folder }: ProjectFiles) {
  const { stack, tested } = chosen;
  return {
    version: 1,
    stack: stack.name,
    file: join(folder, `Pulumi.${stack.name}.yaml`),
    ...reportServer(chosen),
    isAdmin: tested?.isAdmin ?? null,
  };
}
