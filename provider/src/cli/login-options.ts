import { ProblemError } from "../core/errors";
import { checkAuthSetting, hasAuthSetting } from "../settings/auth";
import { type AuthProvider, DEFAULT_PROVIDER } from "../settings/auth-providers";
import { ACCOUNT_KEYS, type AccountKey, type NewLogin, TOKEN_KEYS } from "./new-login";
import type { SupInstance } from "./sup-config";
import { findProvider, toLogin } from "./sup-login";

/** A setting of a login that is an option of the command line, too. */
type OptionKey = AccountKey | (typeof TOKEN_KEYS)[number];

/** What people may say of a login on the command line. */
export type LoginOptions = {
  readonly [key in OptionKey]?: string;
} & {
  readonly login?: AuthProvider;
  /** The environment variable that holds its secret. */
  readonly secretEnv?: string;
};

const OPTION_KEYS: readonly OptionKey[] = [...ACCOUNT_KEYS, ...TOKEN_KEYS];

/** The option of a setting: `--client-id`. */
export function optionOf(key: OptionKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/**
 * The login that options and instance describe; what is missing is to be asked.
 *
 * @throws ProblemError `login/unknown-option`, `login/bad-option`
 */
export function draftLogin(options: LoginOptions, source: SupInstance | undefined): NewLogin {
  const provider = options.login ?? (source === undefined ? DEFAULT_PROVIDER : guessProvider(source));
  const given = pickOptions(options);
  for (const [key, value] of given) assertOption(provider, key, value);
  if (options.secretEnv !== undefined) assertVariable(options.secretEnv);
  const known = source === undefined ? { provider, settings: {} } : toLogin(source, provider);
  return mergeLogin(known, Object.fromEntries(given));
}

/** Where an instance lacks something, its client says which way is meant. */
function guessProvider(source: SupInstance): AuthProvider {
  return findProvider(source) ?? (source.oauth_client_id === undefined ? DEFAULT_PROVIDER : "oidc");
}

function pickOptions(options: LoginOptions): [OptionKey, string][] {
  return OPTION_KEYS.flatMap((key): [OptionKey, string][] => {
    const value = options[key];
    return value === undefined ? [] : [[key, value]];
  });
}

/** A secret belongs to its account: it goes to no other one, and to no other identity provider. */
function mergeLogin(
  { provider, settings, secret }: NewLogin,
  given: Readonly<Partial<Record<OptionKey, string>>>,
): NewLogin {
  const { authorizationUrl, tokenUrl, ...others } = settings;
  // An identity provider that says its addresses takes the place of addresses that an instance names.
  const addresses = given.issuer === undefined ? settings : others;
  const isOther = ACCOUNT_KEYS.some((key) => given[key] !== undefined && given[key] !== settings[key]);
  return { provider, settings: { ...addresses, ...given }, ...(!isOther && secret && { secret }) };
}

function assertOption(provider: AuthProvider, key: OptionKey, value: string): void {
  if (!hasAuthSetting(provider, key)) {
    const known = OPTION_KEYS.filter((other) => hasAuthSetting(provider, other)).map(optionOf);
    throw new ProblemError({
      code: "login/unknown-option",
      summary: `The login ${provider} knows no ${optionOf(key)}; nothing was written.`,
      remedy: `Leave ${optionOf(key)} out, or choose another login with --login. The login ${provider} takes ${[...known, "--secret-env"].join(", ")}.`,
      exitCode: 2,
    });
  }
  const wrong = checkAuthSetting(provider, key, value);
  if (wrong === undefined) return;
  throw new ProblemError({
    code: "login/bad-option",
    summary: `${optionOf(key)} "${value}" cannot be used: ${wrong}.`,
    remedy: "Correct it; docs/auth.md says what each login needs.",
    exitCode: 2,
  });
}

function assertVariable(name: string): void {
  if (/^[A-Za-z_]\w*$/.test(name)) return;
  throw new ProblemError({
    code: "login/bad-option",
    // It may be the secret itself.
    summary: "What --secret-env names cannot be the name of an environment variable; nothing was written.",
    remedy: "Put the secret into a variable, and give the variable's name.",
    exitCode: 2,
  });
}
