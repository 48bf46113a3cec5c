import type { AuthProvider, SecretName } from "../settings/auth-providers";

/** A login that is to stand in the settings of a stack. */
export interface NewLogin {
  readonly provider: AuthProvider;
  /** What stands there in clear, by the keys of `superset:auth`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly secret?: LoginSecret;
}

/** The secret of a login. */
export interface LoginSecret {
  /** Its key in `superset:auth`. */
  readonly name: SecretName;
  readonly source: SecretSource;
}

/** Where a secret comes from. */
export type SecretSource =
  /** Read from the environment in every run. */
  | { readonly kind: "variable"; readonly variable: string }
  /** Encrypted in the settings file, by Pulumi. */
  | { readonly kind: "secret"; readonly value: string };

/** Settings that say who logs in, and where. Each is an option of the command line. */
export const ACCOUNT_KEYS = ["username", "issuer", "clientId", "loginProvider", "loginOrigin"] as const;

/** A setting that says who logs in, or where. */
export type AccountKey = (typeof ACCOUNT_KEYS)[number];

/** Settings that some identity providers want besides; nobody is asked for them. */
export const TOKEN_KEYS = ["scope", "audience", "resource"] as const;

/** What a way to log in cannot do without. */
interface Needs {
  readonly settings: readonly AccountKey[];
  readonly secret: SecretName;
  /** A public client has none. */
  readonly isSecretOptional?: boolean;
}

const NEEDS: Readonly<Record<AuthProvider, Needs>> = {
  db: { settings: ["username"], secret: "password" },
  ldap: { settings: ["username"], secret: "password" },
  oidc: { settings: ["issuer", "clientId"], secret: "clientSecret", isSecretOptional: true },
  "oidc-client": { settings: ["issuer", "clientId"], secret: "clientSecret" },
  "api-key": { settings: [], secret: "apiKey" },
  token: { settings: [], secret: "token" },
  session: { settings: ["loginProvider", "loginOrigin", "username"], secret: "password" },
};

/** The settings that a login still lacks. */
export function listMissing({ provider, settings }: NewLogin): AccountKey[] {
  const isKnown = (key: AccountKey) =>
    settings[key] !== undefined || (key === "issuer" && settings.tokenUrl !== undefined);
  return NEEDS[provider].settings.filter((key) => !isKnown(key));
}

/** The secret that a way to log in knows, and whether it can do without. */
export function secretOf(provider: AuthProvider): { name: SecretName; isOptional: boolean } {
  const { secret, isSecretOptional = false } = NEEDS[provider];
  return { name: secret, isOptional: isSecretOptional };
}

/** Whether a login has all that it needs. */
export function isComplete(login: NewLogin): boolean {
  return listMissing(login).length === 0 && (login.secret !== undefined || secretOf(login.provider).isOptional);
}

/** The environment variable that the secret of a stack is read from if nobody names another. */
export function usualVariable(stack: string, secret: SecretName): string {
  const words = `${stack}_${secret.replace(/[A-Z]/g, "_$&")}`;
  return `SUPERSET_${words.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
}

/** The variable that a login reads its secret from; undefined where it is encrypted, or there is none. */
export function variableOf({ secret }: NewLogin): string | undefined {
  return secret?.source.kind === "variable" ? secret.source.variable : undefined;
}

/** What a kind of secret is called. */
export const SECRET_WORDS: Readonly<Record<SecretName, string>> = {
  password: "password",
  clientSecret: "client secret",
  apiKey: "API key",
  token: "token",
};

/** Where the secret of a login is, as a sentence about the settings file; empty where there is none. */
export function describeSecret({ secret }: NewLogin): string {
  if (secret === undefined) return "";
  const { name, source } = secret;
  return source.kind === "secret"
    ? ` The ${SECRET_WORDS[name]} is encrypted in it.`
    : ` The ${SECRET_WORDS[name]} is read from ${source.variable} in every run.`;
}

/** The login as the settings have it, with its secret. */
export function toAuthSettings(login: NewLogin): Record<string, string> {
  const { provider, settings, secret } = login;
  return {
    provider,
    ...settings,
    ...(secret?.source.kind === "secret" && { [secret.name]: secret.source.value }),
    ...toVariableSetting(login),
  };
}

/** The setting that names the variable of a secret. */
export function toVariableSetting(login: NewLogin): Record<string, string> {
  const variable = variableOf(login);
  return login.secret === undefined || variable === undefined ? {} : { [`${login.secret.name}Env`]: variable };
}
