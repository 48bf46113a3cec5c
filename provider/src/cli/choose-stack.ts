import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import type { Settings } from "../settings/schema";
import { checkConnection } from "../superset/connection";
import { askLine } from "./ask";
import type { LoginOptions } from "./login-options";
import { NAME_PATTERN, readAddress } from "./new-stack";
import { listSupInstances, readSupInstance, type SupInstance } from "./sup-config";

/** What people may say of a new stack on the command line. */
export type StackOptions = LoginOptions & {
  readonly url?: string;
  readonly role?: Settings["role"];
  /** An instance of `~/.sup/config.yml`. */
  readonly from?: string;
};

/** Reads the instance that a new stack takes its address and login from. */
export function readSource({ from }: StackOptions): SupInstance | undefined {
  if (from === undefined) return undefined;
  const found = readSupInstance(from);
  if (found !== undefined) return found;
  const known = listSupInstances();
  throw new ProblemError({
    code: "sup/unknown",
    summary: `There is no instance "${from}" in ~/.sup/config.yml${suggestNearest(from, known)}`,
    why: known.length === 0 ? "it names none" : `it names ${known.join(", ")}`,
    remedy: "Name one of them, or leave --from out and give --url and the login.",
    exitCode: 2,
  });
}

/**
 * The address of the server: as given, of the instance, or asked.
 *
 * @throws ProblemError `connection/bad-url`, `connection/not-https`, `cli/nobody-to-ask`
 */
export async function chooseAddress({ url }: StackOptions, source: SupInstance | undefined): Promise<string> {
  const given = url ?? source?.url;
  if (given !== undefined) return checkAddress(given);
  const answer = await askLine({
    text: "Address of the Superset server",
    otherwise: "Pass --url https://…",
    check: (text) => describeProblem(() => checkAddress(text)),
  });
  return checkAddress(answer);
}

function checkAddress(text: string): string {
  return checkConnection({ url: readAddress(text), auth: { provider: "db", username: "", password: "" } });
}

function describeProblem(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return `${error.summary}: ${error.why ?? ""}`;
    throw error;
  }
}

/**
 * Refuses names that Pulumi refuses.
 *
 * @throws ProblemError `stack/bad-name`
 */
export function assertStackName(name: string): void {
  if (NAME_PATTERN.test(name)) return;
  throw new ProblemError({
    code: "stack/bad-name",
    summary: `"${name}" cannot be the name of a stack.`,
    remedy: "Use letters, digits, hyphens, underscores and dots, beginning with a letter or a digit.",
    exitCode: 2,
  });
}
