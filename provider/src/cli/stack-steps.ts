import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import type { SecretName } from "../settings/auth-providers";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import { formatStackFile, type NewStack } from "./new-stack";
import { listBackendStacks, makeBackendStack, removeBackendStack, storeSecret } from "./stack-backend";
import type { Step } from "./steps";

/** The settings file of a stack, in the folder of Pulumi.yaml. */
export function stackFile(name: string, folder: string): string {
  return join(folder, `Pulumi.${name}.yaml`);
}

/** Writes the settings file, which must not be there. */
export function writeStackFile(stack: NewStack, folder: string): Step {
  const file = stackFile(stack.name, folder);
  let isOurs = false;
  return {
    async run() {
      await writeFile(file, formatStackFile(stack), { flag: "wx" });
      isOurs = true;
    },
    async undo() {
      if (isOurs) await rm(file, { force: true });
    },
  };
}

/** Makes the stack in the backend, which must not have it: otherwise undoing would remove somebody's. */
export function makeStack(name: string, folder: string): Step {
  let isNew = false;
  return {
    async run() {
      if ((await listBackendStacks(folder)).includes(name)) throw stackInBackend(name);
      isNew = true;
      await makeBackendStack(name, folder);
    },
    async undo() {
      if (isNew && (await listBackendStacks(folder)).includes(name)) await removeBackendStack(name, folder);
    },
  };
}

/** Encrypts the secret of the login into the settings file, unless it is read from a variable. */
export function encryptSecret({ name: stack, login }: NewStack, folder: string): Step {
  return {
    async run() {
      const { secret } = login;
      if (secret?.source.kind !== "secret") return;
      await storeSecret(stack, secret.name, secret.source.value, folder);
      assertEncrypted(stackFile(stack, folder), secret.name);
    },
    undo: async () => undefined,
  };
}

/** A secret in clear must never stay in a file. */
function assertEncrypted(file: string, name: SecretName): void {
  const auth = z.looseObject({ [name]: z.object({ secure: z.string() }) });
  const stored = z.object({ config: z.looseObject({ [`${SETTINGS_NAMESPACE}:auth`]: auth }) });
  stored.parse(parse(readFileSync(file, "utf8")));
}

function stackInBackend(name: string): ProblemError {
  return new ProblemError({
    code: "stack/in-backend",
    summary: `Pulumi's backend has a stack "${name}" of a project of this name already.`,
    why: "what it once deployed, and with which secrets, this project would not know",
    remedy: "Choose another name for the folder or the stack, or remove that one with `pulumi stack rm`.",
    place: { stack: name },
    exitCode: 3,
  });
}
