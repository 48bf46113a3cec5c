import { z } from "zod";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import * as pulumi from "./pulumi";

/** The settings as Pulumi has them, without the namespace; secrets are in clear in this process. */
export function stackSettings(): Record<string, string> {
  const prefix = `${SETTINGS_NAMESPACE}:`;
  const entries = Object.entries(pulumi.runtimeConfig.allConfig()).filter(([key]) => key.startsWith(prefix));
  return Object.fromEntries(entries.map(([key, value]) => [key.slice(prefix.length), value]));
}

// Pulumi exports it, and leaves it out of its types.
const RuntimeConfig = z.object({
  isConfigSecret: z.custom<(key: string) => boolean>((value) => typeof value === "function"),
});

/**
 * Whether a key of this run's settings holds something encrypted. `PULUMI_CONFIG_SECRET_KEYS` tells it only of a program
 * that Pulumi's language host runs: an inline program of the Automation API has it in the SDK's own store.
 */
export function isEncryptedKey(key: string): boolean {
  return RuntimeConfig.parse(pulumi.runtimeConfig).isConfigSecret(key);
}
