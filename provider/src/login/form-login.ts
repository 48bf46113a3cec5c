import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import type { Page, PageBrowser } from "../superset/pages";
import { type PageForm, readComplaint, readForm } from "./read-form";

/** Whom to log in where. */
export interface FormLogin {
  /** Name of the identity provider in the server's configuration. */
  readonly loginProvider: string;
  /** Origin of the identity provider: the password goes nowhere else. */
  readonly loginOrigin: string;
  readonly username: string;
  readonly password: string;
  readonly stack?: string | undefined;
}

/** So many pages and redirects are more than any login has. */
const MAX_STEPS = 25;

/**
 * Goes through the login pages of Superset and its identity provider, as a browser without scripts would. The session
 * cookie stays with the browser.
 *
 * @throws ProblemError `auth/…`
 */
export async function logInByForms(browser: PageBrowser, login: FormLogin): Promise<void> {
  registerSecret(login.password);
  const way = new LoginWay(browser, login);
  const server = new URL(browser.url);
  let page = await browser.openPage({ url: new URL(`${browser.url}/login/${login.loginProvider}`) });
  for (let step = 0; step < MAX_STEPS; step++) {
    const next = page.redirect;
    if (next === undefined) {
      page = await way.send(page);
      continue;
    }
    if (page.url.origin === server.origin && page.url.pathname.includes("/oauth-authorized/")) {
      return way.assertLetIn(next);
    }
    page = await browser.openPage({ url: way.assertLeadsOn(page, next) });
  }
  throw way.refuse("auth/login-endless", "The login pages go round in circles", `${MAX_STEPS} pages were seen`);
}

/** One way through the pages. */
class LoginWay {
  #isPasswordSent = false;

  constructor(
    private readonly browser: PageBrowser,
    private readonly login: FormLogin,
  ) {}

  /** Fills in the form of a page and sends it. */
  async send(page: Page): Promise<Page> {
    const form = this.#findForm(page);
    const fields = this.#fillIn(form, page);
    if (form.method === "post") return this.browser.openPage({ url: form.action, form: fields });
    const url = new URL(form.action);
    url.search = fields.toString();
    return this.browser.openPage({ url });
  }

  #findForm(page: Page): PageForm {
    const form = page.status < 400 ? readForm(page.text, page.url) : undefined;
    if (form !== undefined) return { ...form, action: this.assertKnown(form.action) };
    const why = readComplaint(page.text) ?? `status ${page.status}`;
    const where = `${page.url.origin}${page.url.pathname}`;
    throw this.refuse("auth/no-login-form", `There is no form to log in with on ${where}`, `the page says: ${why}`);
  }

  #fillIn({ action, method, fields, passwordField, userField }: PageForm, page: Page): URLSearchParams {
    if (userField !== undefined && !this.#isPasswordSent) fields.set(userField, this.login.username);
    if (passwordField === undefined) return fields;
    if (this.#isPasswordSent) {
      const said = readComplaint(page.text);
      throw this.refuse(
        "auth/wrong-password",
        `The identity provider ${action.host} does not accept the password of "${this.login.username}"`,
        said === undefined ? "it asks for the password again" : `the page says: ${said}`,
      );
    }
    // A page of anybody else that asks for a password, or a form that would put it into an address, gets none.
    if (action.origin !== this.login.loginOrigin || page.url.origin !== this.login.loginOrigin || method !== "post") {
      throw this.#foreign(action);
    }
    this.#isPasswordSent = true;
    fields.set(passwordField, this.login.password);
    return fields;
  }

  /** @throws ProblemError `auth/foreign-login-page` */
  assertKnown(url: URL): URL {
    if ([new URL(this.browser.url).origin, this.login.loginOrigin].includes(url.origin)) return url;
    throw this.#foreign(url);
  }

  /** Superset leads to the identity provider, or to a page of its own where it knows none of that name. */
  assertLeadsOn({ url: from }: Page, to: URL): URL {
    const { origin } = new URL(this.browser.url);
    const { loginOrigin, loginProvider } = this.login;
    const isStuck = from.origin === origin && to.origin === origin && loginOrigin !== origin;
    if (!isStuck || to.pathname.includes(`/login/${loginProvider}`)) return this.assertKnown(to);
    throw this.refuse(
      "auth/login-provider-unknown",
      `Superset at ${this.browser.url} has no login with "${loginProvider}"`,
      `it leads to ${to.pathname}`,
    );
  }

  /** At the end Superset leads to its pages, or back to the login. */
  assertLetIn({ pathname }: URL): void {
    if (!/\/login\/?$/.test(pathname)) return;
    const summary = `Superset at ${this.browser.url} does not let "${this.login.username}" in`;
    throw this.refuse(
      "auth/login-refused",
      summary,
      "the identity provider accepted the login, but Superset leads back to it",
    );
  }

  #foreign({ origin }: URL): ProblemError {
    return this.refuse(
      "auth/foreign-login-page",
      `The login leads to ${origin}, to which the password must not go`,
      `\`loginOrigin\` is ${this.login.loginOrigin}`,
    );
  }

  refuse(code: string, summary: string, why: string): ProblemError {
    const { stack } = this.login;
    return new ProblemError({
      code,
      summary,
      why,
      remedy: REMEDIES[code] ?? OTHERWISE,
      exitCode: 3,
      ...(stack !== undefined && { place: { stack } }),
    });
  }
}

const OTHERWISE =
  "Pages with scripts, a captcha or a second factor cannot be passed: use the provider oidc-client or api-key (docs/auth.md).";

const REMEDIES: Readonly<Record<string, string>> = {
  "auth/wrong-password":
    "Check `username` and the password in `superset:auth`. A second factor must be off for a service user.",
  "auth/login-refused":
    "Let the server register users (AUTH_USER_REGISTRATION, with a role), or create the user there. Its log has the cause.",
  "auth/login-provider-unknown": "Set `loginProvider` to a name in the server's OAUTH_PROVIDERS.",
  "auth/foreign-login-page": "Set `loginOrigin` to the origin of the identity provider that asks for the password.",
};
