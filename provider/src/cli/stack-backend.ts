import { z } from "zod";
import type { SecretName } from "../settings/auth-providers";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import { passphraseMissing } from "./engine-failures";
import { askPulumi } from "./pulumi-engine";

const stacksSchema = z.array(z.object({ name: z.string() }));

/**
 * The stacks of a project in the backend, whether they have a settings file or not.
 *
 * @param cwd folder of Pulumi.yaml
 * @throws ProblemError `engine/missing`, `engine/no-login`
 */
export async function listBackendStacks(cwd: string): Promise<string[]> {
  const text = await askPulumi(["stack", "ls", "--json", "--non-interactive"], cwd);
  // Stacks of Pulumi Cloud are told with their organisation.
  return stacksSchema.parse(JSON.parse(text)).map(({ name }) => name.split("/").pop() ?? name);
}

const userSchema = z.object({ url: z.string().optional() });

/**
 * Makes sure that Pulumi can make a stack and encrypt its secrets, before people are asked for anything.
 *
 * @throws ProblemError `engine/missing`, `engine/no-login`, `engine/no-passphrase`
 */
export async function assertBackend(cwd: string): Promise<void> {
  const { url } = userSchema.parse(JSON.parse(await askPulumi(["whoami", "--json", "--non-interactive"], cwd)));
  // Pulumi Cloud has keys of its own; for every other place of the state the default is a passphrase.
  const needsPassphrase = url !== undefined && !/^https?:/.test(url);
  if (needsPassphrase && !isPassphraseGiven())
    throw passphraseMissing("neither of the two environment variables is set");
}

/** Whether the environment says what secrets are encrypted with. */
export function isPassphraseGiven(): boolean {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  return PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE !== undefined;
}

/** Makes a stack; Pulumi adds to its settings file what it encrypts with. It is not selected. */
export async function makeBackendStack(stack: string, cwd: string): Promise<void> {
  await askPulumi(["stack", "init", stack, "--no-select", "--non-interactive"], cwd);
}

/** Removes a stack that has nothing, with its settings file. */
export async function removeBackendStack(stack: string, cwd: string): Promise<void> {
  await askPulumi(["stack", "rm", stack, "--yes", "--non-interactive"], cwd);
}

/** Stores a secret of a stack's login, encrypted, in its settings file. */
export async function storeSecret(stack: string, name: SecretName, value: string, cwd: string): Promise<void> {
  const key = `${SETTINGS_NAMESPACE}:auth.${name}`;
  const args = ["config", "set", "--stack", stack, "--secret", "--path", key, "--non-interactive"];
  await askPulumi(args, cwd, value);
}

/** Makes it the stack that commands of Pulumi mean which name none. */
export async function selectStack(stack: string, cwd: string): Promise<void> {
  await askPulumi(["stack", "select", stack, "--non-interactive"], cwd);
}
