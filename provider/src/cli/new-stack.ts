import { stringify } from "yaml";
import { DEFAULT_PROVIDER } from "../settings/auth-providers";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { type NewLogin, SECRET_WORDS, toAuthSettings, toVariableSetting, usualVariable, variableOf } from "./new-login";

/** A stack that is to be made. */
export interface NewStack {
  readonly name: string;
  readonly url: string;
  readonly role: Settings["role"];
  readonly login: NewLogin;
  /** Folder of the asset files where it is not the usual one. */
  readonly assets?: string;
  /** Whether the assets are locked in the UI, where that is to be said. */
  readonly managed?: boolean;
}

/** Names that Pulumi takes for stacks and projects. */
export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/;

const ROLE_WORDS: readonly [Settings["role"], RegExp][] = [
  ["production", /^(prod|production|prd|live)$/],
  ["qa", /^(qa|test|testing|stage|staging|uat|preprod)$/],
];

/** The role that a stack of that name probably has: `superset-qa` is for qa. */
export function guessRole(name: string): Settings["role"] {
  const words = name.toLowerCase().split(/[^a-z]+/);
  return ROLE_WORDS.find(([, pattern]) => words.some((word) => pattern.test(word)))?.[0] ?? "development";
}

/** The environment variable that may name another account for a stack. */
export function usernameVariable(stack: string): string {
  return usualVariable(stack, "password").replace(/PASSWORD$/, "USERNAME");
}

/** What a stack for a server is probably to be called. */
export function guessStackName(url: string): string {
  const { hostname } = new URL(url);
  if (/^(localhost|127\..*|\[::1\]|.*\.localhost)$/.test(hostname)) return "local";
  return guessRole(hostname) === "qa" ? "qa" : "production";
}

/** What people write or paste as an address, as a server's address: with a scheme, without the page they were on. */
export function readAddress(text: string): string {
  const trimmed = text.trim();
  const isLocal = /^(localhost|127\.|\[::1\])/i.test(trimmed);
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed) ? trimmed : `${isLocal ? "http" : "https"}://${trimmed}`;
  const page =
    /\/(superset\/(welcome|dashboard)|(dashboard|chart|tablemodelview)\/list|login|explore|sqllab)(\/|\?|#|$).*$/;
  return full.replace(page, "").replace(/\/+$/, "");
}

/** The settings of a new stack as Pulumi hands them over. */
export function toNewSettings({ url, role, login }: NewStack): Record<string, string> {
  return { url, role, auth: JSON.stringify(toAuthSettings(login)) };
}

/**
 * The settings file of a new stack, with what people may want to change. A secret that is to be encrypted is not in it:
 * Pulumi adds it.
 */
export function formatStackFile({ name, url, role, login, assets, managed }: NewStack): string {
  return `# The Superset server of the stack "${name}".
config:
  ${key("url")}: ${scalar(url)}
  ${key("role")}: ${role} # development, qa or production
${assets === undefined ? "" : `  ${key("assets")}: ${scalar(assets)}\n`}
  # What a deployment may do: any of CREATE, UPDATE, REPLACE, DELETE.
  # DELETE removes what this stack made and no file has any more.
  ${key("strategy")}: CREATE | UPDATE

  # What becomes of changes that people made in Superset's UI since the last
  # deployment: overwrite, keep, or refuse (then nothing is deployed).
  ${key("onDrift")}: ${role === "production" ? "refuse" : "overwrite"}

  # Lock the assets in Superset's UI. By default only production is locked.
  ${managed === undefined ? "# " : ""}${key("managed")}: ${managed ?? role === "production"}

  # Databases that have another name on this server than in the files. They are
  # used, never written.
  # ${key("databases")}:
  #   Shop:
  #     name: Shop ${role}

${formatLogin(name, login).join("\n")}
`;
}

function formatLogin(stack: string, login: NewLogin): string[] {
  const { provider, settings } = login;
  const lines = {
    // The default needs no word.
    ...(provider !== DEFAULT_PROVIDER && { provider }),
    ...settings,
    ...(mayBeAnother(login) && { usernameEnv: usernameVariable(stack) }),
    ...toVariableSetting(login),
  };
  return [
    ...explainLogin(stack, login).map((line) => `  # ${line}`),
    `  ${key("auth")}:`,
    ...Object.entries(lines).map(([setting, value]) => `    ${setting}: ${scalar(value)}`),
  ];
}

/** Jobs of CI that only look may have an account of their own, whose password then is in the variable. */
function mayBeAnother(login: NewLogin): boolean {
  return login.settings.username !== undefined && variableOf(login) !== undefined;
}

function explainLogin(stack: string, login: NewLogin): string[] {
  const { provider, secret } = login;
  const person = [
    "A person logs in in the browser, which only pulumi-superset can do:",
    `pulumi-superset pulumi preview --stack ${stack}`,
  ];
  const words = secret === undefined ? "" : `The ${SECRET_WORDS[secret.name]} is`;
  return [
    ...(provider === "oidc" ? person : []),
    ...(secret?.source.kind === "variable" ? [`${words} read from an environment variable.`] : []),
    ...(mayBeAnother(login) ? ["usernameEnv may name another account: for jobs of CI that only look."] : []),
    ...(secret?.source.kind === "secret"
      ? [
          `${words} encrypted. To set another:`,
          `pulumi config set --stack ${stack} --secret --path ${key(`auth.${secret.name}`)}`,
        ]
      : []),
  ];
}

function key(setting: string): string {
  return `${SETTINGS_NAMESPACE}:${setting}`;
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}
