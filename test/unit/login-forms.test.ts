import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FormLogin, logInByForms } from "../../provider/src/login/form-login";
import { readComplaint, readForm } from "../../provider/src/login/read-form";
import { createTransport } from "../../provider/src/superset/transport";

const PAGE = new URL("https://sso.example.com/realms/data/login");

describe("the form of a login page", () => {
  it("is that with the password, and is sent as a browser sends it", () => {
    const form = readForm(
      `<form action="/search"><input name="q"></form>
       <form onsubmit="x" action="https://sso.example.com/go?session_code=a&amp;tab=b" method="post">
         <input name="username" value="" type="text" autofocus><input type="password" name="password">
         <input type="hidden" name="credentialId" value="1&quot;2"><input type="checkbox" name="rememberMe">
         <input type="checkbox" name="terms" checked><input type="file" name="photo">
         <button name="login" value="yes" type="submit">Sign in</button><button name="cancel">No</button>
       </form>`,
      PAGE,
    );
    expect(form?.action.href).toBe("https://sso.example.com/go?session_code=a&tab=b");
    expect(form).toMatchObject({ method: "post", passwordField: "password", userField: "username" });
    const sent = { username: "", password: "", credentialId: '1"2', terms: "on", login: "yes" };
    expect(Object.fromEntries(form?.fields ?? [])).toEqual(sent);
  });

  it("may ask for the name alone, or for nothing, and leads back to its page where it says nothing else", () => {
    const first = readForm(
      '<form method=POST><input name="fmt" type="hidden"><input name="loginfmt" type="email"></form>',
      PAGE,
    );
    expect(first).toMatchObject({ method: "post", userField: "loginfmt", passwordField: undefined, action: PAGE });
    expect(readForm('<form action="next"><input type=hidden name=a value=1></form>', PAGE)).toMatchObject({
      action: new URL("https://sso.example.com/realms/data/next"),
      method: "get",
      userField: undefined,
    });
    expect(readForm("<p>Loading…</p><script>go()</script>", PAGE)).toBeUndefined();
  });

  it("comes with what the page complains about", () => {
    expect(readComplaint('<title>Sign in</title><span id="e" aria-live="polite">Invalid  user.</span>')).toBe(
      "Invalid user.",
    );
    expect(readComplaint("<title>We are sorry</title>")).toBe("We are sorry");
  });
});

/** What one server answers: a page, or where it leads to. */
type Answers = Record<string, string | URL>;

interface Site {
  readonly origin: string;
  readonly answers: Answers;
  /** Bodies of forms that were sent. */
  readonly forms: string[];
  /** The header that the settings want, of each request. */
  readonly gates: (string | string[] | undefined)[];
  readonly server: Server;
}

let sites: Site[];

async function startSite(): Promise<Site> {
  const [answers, forms, gates]: [Answers, string[], Site["gates"]] = [{}, [], []];
  const server = createServer((request, response) => {
    gates.push(request.headers["x-proxy"]);
    request.on("data", (chunk: Buffer) => forms.push(chunk.toString()));
    request.on("end", () => {
      const answer = answers[request.url ?? ""] ?? "<title>Nothing here</title>";
      if (answer instanceof URL) response.writeHead(302, { Location: answer.href }).end();
      else response.writeHead(200, { "Content-Type": "text/html" }).end(answer);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return { origin: `http://127.0.0.1:${port}`, answers, forms, gates, server };
}

const PASSWORD = "password-canary-of-the-robot";
const FORM = '<form method="post" action="/in"><input name="user"><input type="password" name="secret"></form>';

describe("a login through pages", () => {
  beforeEach(async () => {
    sites = await Promise.all([startSite(), startSite(), startSite()]);
  });
  afterEach(() => {
    for (const { server } of sites) server.close();
  });

  const at = (index: number, path: string) => new URL(path, sites[index]?.origin);
  const answer = (index: number, answers: Answers) => Object.assign(sites[index]?.answers ?? {}, answers);
  const run = (changes: Partial<FormLogin> = {}) => {
    const auth = { provider: "db", username: "u", password: "unused-password" } as const;
    const transport = createTransport(
      { url: sites[0]?.origin ?? "", auth, headers: { "X-Proxy": "proxy-canary" } },
      {},
    );
    const login = { loginProvider: "sso", loginOrigin: sites[1]?.origin ?? "", username: "robot", password: PASSWORD };
    return logInByForms(transport, { ...login, ...changes }).then(
      () => "logged in",
      (error: unknown) => error,
    );
  };
  const sent = () => sites.map(({ forms }) => forms);

  it("ends where Superset lets the user in", async () => {
    answer(0, { "/login/sso": at(1, "/auth"), "/oauth-authorized/sso?code=1": at(0, "/superset/welcome/") });
    answer(1, { "/auth": FORM, "/in": at(0, "/oauth-authorized/sso?code=1") });
    expect(await run()).toBe("logged in");
    expect(sent()).toEqual([[], [`user=robot&secret=${PASSWORD}`], []]);
    // What a proxy before Superset wants is nothing for anybody else.
    expect(sites.map(({ gates }) => [...new Set(gates)])).toEqual([["proxy-canary"], [undefined], []]);
  });

  it("sends the password to nobody but the identity provider of the settings", async () => {
    answer(0, { "/login/sso": at(2, "/auth") });
    answer(2, { "/auth": FORM });
    expect(await run()).toMatchObject({ code: "auth/foreign-login-page", exitCode: 3 });
    answer(0, { "/login/sso": at(1, "/auth") });
    answer(1, { "/auth": FORM.replace("/in", at(2, "/in").href) });
    expect(await run()).toMatchObject({ code: "auth/foreign-login-page" });
    answer(1, { "/auth": FORM.replace("/in", at(0, "/in").href) });
    expect(await run()).toMatchObject({ code: "auth/foreign-login-page" });
    answer(1, { "/auth": FORM.replace("post", "get") });
    expect(await run()).toMatchObject({ code: "auth/foreign-login-page" });
    answer(0, { "/login/sso": FORM });
    expect(await run()).toMatchObject({ code: "auth/foreign-login-page" });
    expect(sent().flat().join()).not.toContain(PASSWORD);
  });

  it("says so when the password is wrong, and does not try it again", async () => {
    answer(0, { "/login/sso": at(1, "/auth") });
    answer(1, { "/auth": FORM, "/in": `<div role="alert">Wrong.</div>${FORM}` });
    const error = await run();
    expect(error).toMatchObject({ code: "auth/wrong-password", why: "the page says: Wrong." });
    expect(String(error)).not.toContain(PASSWORD);
    expect(sites[1]?.forms).toHaveLength(1);
  });

  it("says what is wrong with the server, with pages that need a browser, and with circles", async () => {
    answer(0, { "/login/sso": at(0, "/") });
    expect(await run()).toMatchObject({ code: "auth/login-provider-unknown" });
    answer(0, { "/login/sso": at(0, "/oauth-authorized/sso"), "/oauth-authorized/sso": at(0, "/login/") });
    expect(await run()).toMatchObject({ code: "auth/login-provider-unknown" });
    answer(0, { "/login/sso": at(1, "/auth") });
    answer(1, { "/auth": at(0, "/oauth-authorized/sso") });
    expect(await run()).toMatchObject({
      code: "auth/login-refused",
      remedy: expect.stringContaining("AUTH_USER_REGISTRATION"),
    });
    answer(1, { "/auth": "<title>Please enable JavaScript</title>" });
    expect(await run()).toMatchObject({
      code: "auth/no-login-form",
      why: expect.stringContaining("enable JavaScript"),
    });
    answer(1, { "/auth": at(1, "/auth") });
    expect(await run()).toMatchObject({ code: "auth/login-endless" });
  });
});
