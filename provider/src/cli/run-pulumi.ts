import { askPulumi, attachPulumi } from "./pulumi-engine";
import { pickFlags } from "./pulumi-flags";
import { withSharedLogin } from "./stack-login";
import { readChosenSettings } from "./stack-settings";
import { sayWhenStopped } from "./stopping";

/**
 * Runs a command of Pulumi with the login of its stack.
 *
 * @returns Pulumi's exit code
 */
export async function runWithLogin(args: readonly string[]): Promise<number> {
  const chosen = pickFlags(args, { "--stack": "-s", "--cwd": "-C", "--config-file": undefined });
  const cwd = chosen["--cwd"] ?? ".";
  const stack = chosen["--stack"] ?? (await askPulumi(["stack", "--show-name"], cwd)).trim();
  const file = chosen["--config-file"];
  const flags = ["--stack", stack, ...(file === undefined ? [] : ["--config-file", file])];
  const settings = await readChosenSettings(flags, cwd, stack);
  return withSharedLogin(settings, stack, ({ env }) => {
    // Pulumi itself says what it did by then.
    sayWhenStopped(undefined);
    return attachPulumi(args, env);
  });
}
