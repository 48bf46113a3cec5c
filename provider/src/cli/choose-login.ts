import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { checkAuthSetting } from "../settings/auth";
import type { AuthProvider, SecretName } from "../settings/auth-providers";
import { readSettings } from "../settings/read-settings";
import { askLine, askSecret, hasTerminal } from "./ask";
import { type LoginOptions, optionOf } from "./login-options";
import { type TestedLogin, testLogin } from "./login-test";
import {
  type AccountKey,
  type LoginSecret,
  listMissing,
  type NewLogin,
  secretOf,
  usualVariable,
  variableOf,
} from "./new-login";
import { guessRole, type NewStack, toNewSettings } from "./new-stack";
import { showStep } from "./progress";

/** A new stack, with what its server said to its login. */
export interface ChosenStack {
  readonly stack: NewStack;
  /** Absent where the login was not to be tested. */
  readonly tested?: TestedLogin;
  /** Whether its role follows from its name only. */
  readonly isRoleGuessed: boolean;
}

/** What programs are told of a new stack's server and login. */
export function reportServer({ stack, tested }: ChosenStack) {
  const { url, role, login } = stack;
  return {
    url,
    role,
    login: login.provider,
    username: tested?.username ?? login.settings.username ?? null,
    secretEnv: variableOf(login) ?? null,
    superset: tested?.version ?? null,
  };
}

/** What of a new stack is known before anybody logs in. */
type KnownStack = Pick<NewStack, "name" | "url"> & Partial<NewStack>;

/** What decides about the login. */
interface LoginWishes {
  readonly options: LoginOptions & { readonly role?: NewStack["role"] };
  /** What options and instance say already. */
  readonly draft: NewLogin;
  readonly isTested: boolean;
}

/**
 * Completes a login, and tests it. A wrong secret that was typed may be typed again.
 *
 * @throws ProblemError `cli/nobody-to-ask`, `login/secret-missing`, what {@link testLogin} fails with
 */
export async function chooseLogin(known: KnownStack, wishes: LoginWishes): Promise<ChosenStack> {
  const { options, isTested } = wishes;
  const role = options.role ?? known.role ?? guessRole(known.name);
  const isRoleGuessed = options.role === undefined && known.role === undefined;
  const draft = await askMissing(wishes.draft);
  for (let attempt = 1; ; attempt++) {
    const { secret, isTyped } = await chooseSecret(known.name, { ...wishes, draft });
    const login = { provider: draft.provider, settings: draft.settings, ...(secret && { secret }) };
    const stack = { ...known, role, login };
    // What an instance says was not checked before.
    readSettings(toNewSettings(stack), stack.name);
    if (!isTested) return { stack, isRoleGuessed };
    try {
      return { stack, tested: await logIn(stack), isRoleGuessed };
    } catch (error) {
      if (!isTyped || attempt === MOST_ATTEMPTS || !isWrongSecret(error)) throw error;
      process.stderr.write(`  ${error.summary}.\n`);
    }
  }
}

/** Servers lock accounts that fail more often. */
const MOST_ATTEMPTS = 3;

const WRONG_SECRET = ["wrong-password", "client-refused", "api-key-refused", "token-refused", "token-ended"];

function isWrongSecret(error: unknown): error is ProblemError {
  return error instanceof ProblemError && WRONG_SECRET.some((code) => error.code === `auth/${code}`);
}

/** A person who logs in in the browser reads an address meanwhile. */
function logIn(stack: NewStack): Promise<TestedLogin> {
  if (stack.login.provider === "oidc") return testLogin(stack);
  return showStep(`Logging in to ${stack.url}`, () => testLogin(stack));
}

async function askMissing(draft: NewLogin): Promise<NewLogin> {
  const asked: Record<string, string> = {};
  for (const key of listMissing(draft)) {
    asked[key] = await askLine({
      text: questionOf(key, draft.provider),
      otherwise: `Pass ${optionOf(key)}`,
      check: (answer) => describeWrong(checkAuthSetting(draft.provider, key, answer)),
    });
  }
  return { ...draft, settings: { ...draft.settings, ...asked } };
}

function describeWrong(wrong: string | undefined): string | undefined {
  return wrong === undefined ? undefined : `That ${wrong}.`;
}

const QUESTIONS: Readonly<Record<AccountKey, string>> = {
  username: "User name in Superset",
  issuer: "Address of the identity provider (issuer)",
  clientId: "Id of the client at the identity provider",
  loginProvider: "Name of the identity provider in Superset, as in /login/<name>",
  loginOrigin: "Address of its login pages",
};

function questionOf(key: AccountKey, provider: AuthProvider): string {
  const isElsewhere = key === "username" && provider === "session";
  return isElsewhere ? "User name at the identity provider" : QUESTIONS[key];
}

interface ChosenSecret {
  readonly secret?: LoginSecret;
  readonly isTyped: boolean;
}

async function chooseSecret(stack: string, { options, draft, isTested }: LoginWishes): Promise<ChosenSecret> {
  const { name, isOptional } = secretOf(draft.provider);
  const usual = usualVariable(stack, name);
  const fromVariable = (variable: string) => ({
    secret: { name, source: { kind: "variable", variable } as const },
    isTyped: false,
  });
  const variable = options.secretEnv ?? (isSet(usual) && !isOptional ? usual : undefined);
  if (variable !== undefined) {
    if (isTested && !isSet(variable)) throw secretMissing(variable);
    registerSecret(process.env[variable]);
    return fromVariable(variable);
  }
  if (draft.secret !== undefined) return { secret: draft.secret, isTyped: false };
  if (isOptional) return { isTyped: false };
  // Without a test there is no need to know it: it is read from its variable.
  if (!isTested && !hasTerminal()) return fromVariable(usual);
  const value = await askSecret({
    text: secretQuestion(name, draft),
    otherwise: `Set the environment variable ${usual}, or name another with --secret-env`,
  });
  return { secret: { name, source: { kind: "secret", value } }, isTyped: true };
}

function secretQuestion(name: SecretName, { settings }: NewLogin): string {
  const texts = {
    password: `Password of "${settings.username}"`,
    clientSecret: `Secret of the client "${settings.clientId}"`,
    apiKey: "API key",
    token: "Token",
  };
  return texts[name];
}

function isSet(variable: string): boolean {
  return (process.env[variable] ?? "") !== "";
}

function secretMissing(variable: string): ProblemError {
  return new ProblemError({
    code: "login/secret-missing",
    summary: `The environment variable ${variable}, which --secret-env names, is not set; nothing was written.`,
    remedy: `Set ${variable}, or leave --secret-env out and type the secret.`,
    exitCode: 2,
  });
}
