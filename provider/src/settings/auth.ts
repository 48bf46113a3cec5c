import { z } from "zod";
import { isLoopback, isSafeAddress } from "../superset/connection";
import { AUTH_PROVIDERS, type AuthProvider, DEFAULT_PROVIDER, type SecretName } from "./auth-providers";
import { describeUnknownWord, passwordFields, secret, secretVariable } from "./fields";

const username = z
  .string()
  .min(1)
  .describe("The account that deploys. It owns what it creates; it needs the Admin role to create databases.");

const usernameEnv = z
  .string()
  .min(1)
  .optional()
  .describe(
    "Name of an environment variable that may hold another account, such as one that only reads for the jobs of a pipeline that only look. Where it is not set, `username` is used.",
  );

/** An address to which secrets travel. */
const address = z
  .url({ protocol: /^https?$/, message: "is not an http(s) address", abort: true })
  .refine(isSafeAddress, {
    message: "is plain http, which is accepted for this machine only: secrets would cross the network in clear",
  });

const client = {
  clientId: z.string().min(1).describe("Id of the client that was registered at the identity provider."),
  clientSecret: secret("The client's secret"),
  clientSecretEnv: secretVariable("the client's secret"),
  audience: z
    .string()
    .min(1)
    .optional()
    .describe("Sent as `audience`, where the identity provider wants it to issue tokens for Superset."),
  resource: z.string().min(1).optional().describe("Sent as `resource` (RFC 8707), for the same."),
};

const issuer = address
  .optional()
  .describe(
    "Address of the identity provider; its other addresses are found below it (`/.well-known/openid-configuration`).",
  );
const tokenUrl = address
  .optional()
  .describe("Where tokens come from, for an identity provider that does not say so itself.");

function passwordLogin<Provider extends "db" | "ldap">(provider: Provider, meaning: string) {
  return z
    .strictObject({ provider: z.literal(provider), username, usernameEnv, ...passwordFields })
    .refine(...needs("password"))
    .describe(meaning);
}

const oidc = z
  .strictObject({
    provider: z.literal("oidc"),
    issuer,
    authorizationUrl: address
      .optional()
      .describe("Where people log in, for an identity provider that does not say so itself."),
    tokenUrl,
    ...client,
    scope: z.string().min(1).default("openid profile email").describe("What is asked for; words with blanks between."),
    redirectUri: z
      .url({ protocol: /^http$/, message: "is not an http address" })
      .refine((uri) => URL.canParse(uri) && isLoopback(new URL(uri).hostname), {
        message: "does not lead to this machine",
      })
      .refine((uri) => !/[?#]/.test(uri), { message: "has a query or a fragment" })
      .default("http://127.0.0.1/callback")
      .describe(
        "Where the identity provider sends the browser back to, on this machine, as it is registered there. Without a port a free one is taken.",
      ),
    deadlineSeconds: z.number().int().min(1).default(180).describe("How long people have for the login, in seconds."),
  })
  .refine(({ authorizationUrl, tokenUrl: token }) => (authorizationUrl === undefined) === (token === undefined), {
    message: "`authorizationUrl` and `tokenUrl` belong together",
  })
  .refine(({ issuer: given, tokenUrl: token }) => given !== undefined || token !== undefined, {
    message: "needs `issuer`, or `authorizationUrl` and `tokenUrl`",
  })
  .describe("A person logs in in the browser, at the identity provider. Not for CI, and only with `pulumi-superset`.");

const oidcClient = z
  .strictObject({
    provider: z.literal("oidc-client"),
    issuer,
    tokenUrl,
    ...client,
    scope: z.string().min(1).optional().describe("What is asked for; words with blanks between."),
  })
  .refine(...needs("clientSecret"))
  .refine(({ issuer: given, tokenUrl: token }) => given !== undefined || token !== undefined, {
    message: "needs `issuer` or `tokenUrl`",
  })
  .describe("A client of the identity provider logs in with its secret (client credentials).");

const apiKey = z
  .strictObject({
    provider: z.literal("api-key"),
    apiKey: secret("The API key"),
    apiKeyEnv: secretVariable("the API key"),
  })
  .refine(...needs("apiKey"))
  .describe("A key that a user of Superset made (`sst_…`).");

const token = z
  .strictObject({
    provider: z.literal("token"),
    token: secret("The token"),
    tokenEnv: secretVariable("the token"),
  })
  .refine(...needs("token"))
  .describe("An access token that something else got, such as a step of the pipeline. It is not renewed.");

const session = z
  .strictObject({
    provider: z.literal("session"),
    loginProvider: z
      .string()
      .regex(/^[\w.-]+$/, "is no name of a login provider")
      .describe("Name of the identity provider in the server's `OAUTH_PROVIDERS`, as in `/login/<name>`."),
    loginOrigin: address
      .transform((text) => new URL(text).origin)
      .describe("Origin of the identity provider's login pages. The password goes nowhere else."),
    username: z.string().min(1).describe("A service user of the identity provider, without a second factor."),
    usernameEnv,
    ...passwordFields,
  })
  .refine(...needs("password"))
  .describe("A service user logs in through Superset's own `/login/<name>`, without a browser.");

/** A secret has to be there, in one of its two forms. */
function needs<Name extends string>(name: Name) {
  const isGiven = (value: { readonly [key in Name | `${Name}Env`]?: string | undefined }) =>
    value[name] !== undefined || value[`${name}Env`] !== undefined;
  const message = `needs \`${name}\` (a secret) or \`${name}Env\` (the name of an environment variable)`;
  return [isGiven, { message }] as const;
}

const logins = z.discriminatedUnion(
  "provider",
  [
    passwordLogin("db", "A user of Superset's own table. The default."),
    passwordLogin("ldap", "A user of the directory that Superset asks."),
    oidc,
    oidcClient,
    apiKey,
    token,
    session,
  ],
  {
    error: ({ input }) => (isMapping(input) ? describeUnknownWord(input.provider, AUTH_PROVIDERS) : "is no mapping"),
  },
);

/** How to log in; the provider decides what else there is to say. */
export const authSchema = z.preprocess(
  (value) => (isMapping(value) && value.provider === undefined ? { provider: DEFAULT_PROVIDER, ...value } : value),
  logins,
);

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** How to log in. */
export type AuthSettings = z.output<typeof authSchema>;

/** The settings of one way to log in. */
export type AuthSettingsOf<Provider extends AuthSettings["provider"]> = Extract<AuthSettings, { provider: Provider }>;

/** The secrets among the settings of a login, without those that are only named. */
export function listAuthSecrets(auth: AuthSettings): string[] {
  const { password, clientSecret, token: fixed, apiKey: key } = auth as Partial<Record<SecretName, string>>;
  return [password, clientSecret, fixed, key].filter((value) => value !== undefined);
}

/** Whether a way to log in has a setting of that name. */
export function hasAuthSetting(provider: AuthProvider, key: string): boolean {
  return logins.options.some(({ shape }) => shape.provider.value === provider && key in shape);
}

/** What is wrong with the value of one setting, in words; undefined where it can be used. */
export function checkAuthSetting(provider: AuthProvider, key: string, value: string): string | undefined {
  // Others are missing: only what is said about this one counts.
  const { error } = logins.safeParse({ provider, [key]: value });
  return error?.issues.find(({ path }) => path[0] === key)?.message;
}

/** Who logs in, in a word; what is not known before the login is named by its way. */
export function describeAccount(auth: z.output<typeof authSchema>): string {
  if ("username" in auth) return auth.username;
  return "clientId" in auth ? auth.clientId : auth.provider;
}
