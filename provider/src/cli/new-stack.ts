import { stringify } from "yaml";
import { SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";

/** A stack that is to be made. */
export interface NewStack {
  readonly name: string;
  readonly url: string;
  readonly role: Settings["role"];
  readonly username: string;
  readonly password: PasswordSource;
  /** Folder of the asset files where it is not the usual one. */
  readonly assets?: string;
  /** Whether the assets are locked in the UI, where that is to be said. */
  readonly managed?: boolean;
}

/** Where the password of a stack comes from. */
export type PasswordSource =
  /** Read from the environment in every run. */
  | { readonly kind: "variable"; readonly variable: string }
  /** Encrypted in the settings file, by Pulumi. */
  | { readonly kind: "secret"; readonly value: string };

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

/** The environment variable that a stack's password is read from if nobody names another. */
export function passwordVariable(name: string): string {
  return `SUPERSET_${name.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}_PASSWORD`;
}

/** The environment variable that may name another account for a stack. */
export function usernameVariable(name: string): string {
  return passwordVariable(name).replace(/PASSWORD$/, "USERNAME");
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
export function toNewSettings({ url, role, username, password }: NewStack): Record<string, string> {
  const secret = password.kind === "secret" ? { password: password.value } : { passwordEnv: password.variable };
  return { url, role, auth: JSON.stringify({ provider: "db", username, ...secret }) };
}

/**
 * The settings file of a new stack, with what people may want to change. A password that is to be encrypted is not in
 * it: Pulumi adds it.
 */
export function formatStackFile({ name, url, role, username, password, assets, managed }: NewStack): string {
  const key = (setting: string) => `${SETTINGS_NAMESPACE}:${setting}`;
  const login = [
    ...(password.kind === "secret"
      ? [
          "  # The password is encrypted. To set another:",
          `  # pulumi config set --stack ${name} --secret --path ${key("auth.password")}`,
        ]
      : ["  # The password is read from an environment variable."]),
    `  ${key("auth")}:`,
    `    username: ${scalar(username)}`,
    ...(password.kind === "variable"
      ? [
          "    # Another account, where this variable is set: jobs of CI that only look.",
          `    usernameEnv: ${scalar(usernameVariable(name))}`,
          `    passwordEnv: ${scalar(password.variable)}`,
        ]
      : []),
  ];
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

${login.join("\n")}
`;
}

function scalar(text: string): string {
  return stringify(text, { lineWidth: 0 }).trimEnd();
}
