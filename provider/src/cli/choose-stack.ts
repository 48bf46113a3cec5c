import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import { registerSecret } from "../core/redact";
import type { Settings } from "../settings/schema";
import { checkConnection } from "../superset/connection";
import { askLine, askSecret, hasTerminal } from "./ask";
import { type TestedLogin, testLogin } from "./login-test";
import {
  guessRole,
  NAME_PATTERN,
  type NewStack,
  type PasswordSource,
  passwordVariable,
  readAddress,
} from "./new-stack";
import { showStep } from "./progress";
import { listSupInstances, readSupInstance, type SupInstance } from "./sup-config";

/** What people may say of a new stack on the command line. */
export interface StackOptions {
  readonly url?: string;
  readonly role?: Settings["role"];
  readonly username?: string;
  readonly passwordEnv?: string;
  /** An instance of `~/.sup/config.yml`. */
  readonly from?: string;
}

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
    remedy: "Name one of them, or leave --from out and give --url and --username.",
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

/** A new stack, with what its server said to its login. */
export interface ChosenStack {
  readonly stack: NewStack;
  /** Absent where the login was not to be tested. */
  readonly login?: TestedLogin;
  /** Whether its role follows from its name only. */
  readonly isRoleGuessed: boolean;
}

/** What of a new stack is known before anybody logs in. */
type KnownStack = Pick<NewStack, "name" | "url"> & Partial<NewStack>;

/**
 * Chooses user and password, and tests them. A wrong password that was typed may be typed again.
 *
 * @throws ProblemError `cli/nobody-to-ask`, `stack/password-missing`, what {@link testLogin} fails with
 */
export async function chooseLogin(
  known: KnownStack,
  options: StackOptions,
  { source, isTested }: { source: SupInstance | undefined; isTested: boolean },
): Promise<ChosenStack> {
  const role = options.role ?? known.role ?? guessRole(known.name);
  const isRoleGuessed = options.role === undefined && known.role === undefined;
  const username = await chooseUsername(options, source);
  for (let attempt = 1; ; attempt++) {
    const { password, isTyped } = await choosePassword(known.name, username, { options, source, isTested });
    const stack = { ...known, role, username, password };
    if (!isTested) return { stack, isRoleGuessed };
    try {
      const login = await showStep(`Logging in to ${stack.url}`, () => testLogin(stack));
      return { stack, login, isRoleGuessed };
    } catch (error) {
      const isWrong = error instanceof ProblemError && error.code === "auth/wrong-password";
      if (!isWrong || !isTyped || attempt === MOST_ATTEMPTS) throw error;
      process.stderr.write("  Superset does not accept this password.\n");
    }
  }
}

/** Servers lock accounts that fail more often. */
const MOST_ATTEMPTS = 3;

async function chooseUsername({ username }: StackOptions, source: SupInstance | undefined): Promise<string> {
  return (
    username ?? source?.username ?? (await askLine({ text: "User name in Superset", otherwise: "Pass --username" }))
  );
}

interface ChosenPassword {
  readonly password: PasswordSource;
  readonly isTyped: boolean;
}

async function choosePassword(
  name: string,
  username: string,
  { options, source, isTested }: { options: StackOptions; source: SupInstance | undefined; isTested: boolean },
): Promise<ChosenPassword> {
  const usual = passwordVariable(name);
  const variable = options.passwordEnv ?? (isSet(usual) ? usual : undefined);
  if (variable !== undefined) {
    if (isTested && !isSet(variable)) throw passwordMissing(variable);
    registerSecret(process.env[variable]);
    return { password: { kind: "variable", variable }, isTyped: false };
  }
  // Another user than the instance's has another password.
  if (source?.password !== undefined && source.username === username) {
    registerSecret(source.password);
    return { password: { kind: "secret", value: source.password }, isTyped: false };
  }
  // Without a test there is no need to know it: it is read from its variable.
  if (!isTested && !hasTerminal()) return { password: { kind: "variable", variable: usual }, isTyped: false };
  const value = await askSecret({
    text: `Password of "${username}"`,
    otherwise: `Set the environment variable ${usual}, or name another with --password-env`,
  });
  return { password: { kind: "secret", value }, isTyped: true };
}

function isSet(variable: string): boolean {
  return (process.env[variable] ?? "") !== "";
}

function passwordMissing(variable: string): ProblemError {
  return new ProblemError({
    code: "stack/password-missing",
    summary: `The environment variable ${variable}, which --password-env names, is not set; nothing was written.`,
    remedy: `Set ${variable}, or leave --password-env out and type the password.`,
    exitCode: 2,
  });
}
