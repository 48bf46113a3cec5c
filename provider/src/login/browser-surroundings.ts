import { ProblemError } from "../core/errors";

/** What a process can do about a login in the browser. */
export interface BrowserSurroundings {
  /** Whether the address is opened, and not only printed. */
  readonly opensBrowser: boolean;
  /** Whether somebody sees what is printed. */
  readonly isTerminal: boolean;
  /** Shows a person where to log in. Must not fail: the address can still be opened by hand. */
  show(startUrl: URL, host: string, deadlineSeconds: number): Promise<void>;
}

/** What logs in without a person. */
const ALTERNATIVES = `Use another \`provider\` in \`superset:auth\` there (docs/auth.md):
    oidc-client  a client of the identity provider, with its own secret
    api-key      a key that a user of Superset made
    token        an access token that a step before this one got
    session      a service user, through Superset's own login page`;

/**
 * @param ci the environment variable CI
 * @throws ProblemError `auth/browser-in-ci` where nobody could log in
 */
export function assertPersonThere(
  browser: Pick<BrowserSurroundings, "opensBrowser" | "isTerminal"> | undefined,
  ci: string | undefined,
  stack: string | undefined,
): void {
  if (isSet(ci))
    throw refusal("auth/browser-in-ci", "the environment variable CI is set: no person is there", "", stack);
  if (browser === undefined || browser.isTerminal || !browser.opensBrowser) return;
  const why = "there is no terminal, so no person is there";
  const hint = "If somebody is: --no-browser prints the address, and somebody opens it.\n  ";
  throw refusal("auth/browser-in-ci", why, hint, stack);
}

/** A plain `pulumi up` cannot ask a person: two processes of it speak to Superset, and none has a terminal. */
export function browserNeedsCommand(stack: string | undefined): ProblemError {
  const example = stack === undefined ? "" : ` --stack ${stack}`;
  const why =
    "Pulumi was not started by pulumi-superset, which logs in and hands the token to the program and the hooks";
  const hint = `Run \`pulumi-superset deploy${example}\`, or any command of Pulumi as \`pulumi-superset pulumi up${example}\`.\n  `;
  return refusal("auth/browser-needs-command", why, hint, stack);
}

function refusal(code: string, why: string, hint: string, stack: string | undefined): ProblemError {
  return new ProblemError({
    code,
    summary: "The login provider oidc needs a person and a browser",
    why,
    remedy: `${hint}${ALTERNATIVES}`,
    exitCode: 3,
    ...(stack !== undefined && { place: { stack } }),
  });
}

/** CI services set it to all kinds of words. */
function isSet(ci: string | undefined): boolean {
  return ci !== undefined && !["", "0", "false"].includes(ci.toLowerCase());
}
