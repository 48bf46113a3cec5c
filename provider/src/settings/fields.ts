import { z } from "zod";
import { suggestNearest } from "../core/nearest";

/** One of some words. What is wrong is said with all of them and with the one that was probably meant. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words) {
  return z.enum(words, { error: ({ input }) => describeUnknownWord(input, words) });
}

/** What is wrong with a word that is none of those that there are. */
export function describeUnknownWord(input: unknown, words: readonly string[]): string {
  return `is none of ${words.join(", ")}${suggestNearest(String(input), words)}`;
}

/** A secret of the settings, encrypted by Pulumi. */
export function secret(what: string) {
  return z
    .string()
    .min(1)
    .optional()
    .describe(`${what} as a Pulumi secret: \`pulumi config set --secret --path 'superset:…'\`.`);
}

/** A secret that the settings only name. */
export function secretVariable(what: string) {
  return z
    .string()
    .min(1)
    .optional()
    .describe(`Name of the environment variable that holds ${what}. Read when it is needed, kept nowhere.`);
}

/** A password, of a login or of a database. */
export const passwordFields = { password: secret("The password"), passwordEnv: secretVariable("the password") };
