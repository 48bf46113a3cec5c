import { ProblemError } from "../core/errors";

/** The engine's first words about each failure that a person can mend before anything runs. */
const NO_STACK = /^error: no stack named '([^'\n]+)' found/m;
const NO_LOGIN =
  /^error: (?:PULUMI_ACCESS_TOKEN must be set for login|.*\bnot (?:currently )?logged in|invalid access token).*$/m;

const NO_PASSPHRASE = /^error: .*?(passphrase must be set with PULUMI_CONFIG_PASSPHRASE.*|incorrect passphrase.*)$/m;

/**
 * What a failure of the Pulumi CLI means for a person; undefined where its own words say all that is known.
 *
 * @param output what it printed
 */
export function explainEngine(output: string): ProblemError | undefined {
  const stack = NO_STACK.exec(output)?.[1];
  if (stack !== undefined) {
    return new ProblemError({
      code: "stack/missing",
      summary: `There is no stack "${stack}".`,
      remedy: `\`pulumi stack ls\` lists those that there are; \`pulumi stack init ${stack}\` makes it.`,
      exitCode: 2,
    });
  }
  const passphrase = NO_PASSPHRASE.exec(output)?.[1];
  if (passphrase !== undefined) return passphraseMissing(passphrase);
  const words = NO_LOGIN.exec(output)?.[0];
  if (words === undefined) return undefined;
  return new ProblemError({
    code: "engine/no-login",
    summary: "Pulumi does not know where the state of your stacks is: nobody is logged in.",
    why: words.replace("error: ", ""),
    remedy:
      "Run `pulumi login`, or `pulumi login file://<folder>` for a state in a folder. In CI set PULUMI_ACCESS_TOKEN or PULUMI_BACKEND_URL.",
  });
}

/** What to do where Pulumi cannot encrypt or decrypt the secrets of a stack. */
export function passphraseMissing(why: string): ProblemError {
  return new ProblemError({
    code: "engine/no-passphrase",
    summary: "Pulumi has not the passphrase that the secrets of this stack are encrypted with.",
    why,
    remedy:
      "Set PULUMI_CONFIG_PASSPHRASE, or PULUMI_CONFIG_PASSPHRASE_FILE. For the first stack choose one, and keep it.",
  });
}
