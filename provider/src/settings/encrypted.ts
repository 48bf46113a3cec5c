import { ProblemError } from "../core/errors";
import { listAuthSecrets } from "./auth";
import { SETTINGS_NAMESPACE } from "./read-settings";
import type { Settings } from "./schema";

/**
 * What is not encrypted in the settings stands in clear in the state, as an input of Pulumi's provider.
 *
 * @param isEncrypted whether a key holds something encrypted, as the engine tells programs
 * @throws ProblemError `settings/secret-in-clear`
 */
export function assertEncrypted(
  { auth, databases, headers }: Settings,
  stack: string,
  isEncrypted: (key: string) => boolean,
): void {
  const holders = {
    auth: listAuthSecrets(auth).length > 0,
    databases: Object.values(databases).some(({ password }) => password !== undefined),
    headers: Object.keys(headers).length > 0,
  };
  const inClear = Object.entries(holders).find(([key, holds]) => holds && !isEncrypted(`${SETTINGS_NAMESPACE}:${key}`));
  if (inClear === undefined) return;
  const key = `${SETTINGS_NAMESPACE}:${inClear[0]}`;
  throw new ProblemError({
    code: "settings/secret-in-clear",
    summary: `${key} holds a secret in clear; Pulumi would store it in clear too.`,
    remedy: `Remove it from Pulumi.${stack}.yaml, change that secret, and set it encrypted: pulumi config set --secret --path '${key}.…'`,
    place: { stack },
    exitCode: 2,
  });
}
