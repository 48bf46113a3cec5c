import { createServer } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { type ClientOptions, createSupersetClient } from "../../provider/src/superset/client";
import type { Connection } from "../../provider/src/superset/connection";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { useSuperset } from "../support/servers";

const ME = "/api/v1/me/";
const Me = z.object({ result: z.object({ username: z.string() }) });
const Any = z.unknown();
/** A write that changes nothing that matters: a CSS template. */
const CSS = "/api/v1/css_template/";

let server: Awaited<ReturnType<typeof useSuperset>>;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
});
beforeEach(() => {
  proxy.clearRules();
  proxy.resetRequests();
});
afterEach(() => void vi.useRealTimers());
afterAll(() => proxy?.close());

const open = (changes: Partial<Connection> = {}, options: ClientOptions = {}) => {
  const { username, password } = server;
  return createSupersetClient(
    { url: proxy.url, stack: "qa", auth: { provider: "db", username, password }, ...changes },
    options,
  );
};
const newCss = () => ({ template_name: `client test ${crypto.randomUUID()}`, css: "" });

test("reads, writes and reads files as the user", async () => {
  const client = open();
  expect(await client.version()).toMatch(/^6\./);
  expect(await client.version()).toMatch(/^6\./);
  expect(proxy.count("/version")).toBe(1);
  expect((await client.get(ME, Me)).result.username).toBe(server.username);
  const { id } = await client.send("POST", CSS, newCss(), z.object({ id: z.number() }));
  await client.send("DELETE", `${CSS}${id}`, undefined, Any);
  expect((await client.getBinary("/api/v1/assets/export/")).subarray(0, 2).toString()).toBe("PK");
  expect([proxy.count("/login"), proxy.count("/csrf_token"), proxy.writes()]).toEqual([1, 1, 2]);
});

test("many requests at once share one login and one CSRF token", async () => {
  const client = open();
  await Promise.all(Array.from({ length: 12 }, () => client.get(ME, Me)));
  const created = await Promise.all(
    Array.from({ length: 5 }, () => client.send("POST", CSS, newCss(), z.object({ id: z.number() }))),
  );
  await Promise.all(created.map(({ id }) => client.send("DELETE", `${CSS}${id}`, undefined, Any)));
  expect([proxy.count("/login"), proxy.count("/csrf_token")]).toEqual([1, 1]);
});

test("a wrong password and a wrong provider say what to correct, and keep the password to themselves", async () => {
  // Not the real user: on test servers its name is its password too, and gone from every text.
  const username = "some-robot";
  const auth = { provider: "db", username, password: "wrong-password-9" } as const;
  const wrong = await open({ auth })
    .signIn()
    .catch((error: unknown) => error);
  expect(wrong).toMatchObject({ code: "auth/wrong-password", place: { stack: "qa" } });
  for (const part of [proxy.url, username, "superset:auth", "stack qa"]) expect(String(wrong)).toContain(part);
  expect(String(wrong)).not.toContain(auth.password);
  const ldap = open({ auth: { ...auth, provider: "ldap" } }).signIn();
  await expect(ldap).rejects.toMatchObject({ code: "auth/provider-refused" });
});

test("a server below a path works", async () => {
  const below = await startFaultProxy(server.url, { prefix: "/superset" });
  try {
    const client = open({ url: `${below.url}/` });
    expect((await client.get(ME, Me)).result.username).toBe(server.username);
    const { id } = await client.send("POST", CSS, newCss(), z.object({ id: z.number() }));
    await client.send("DELETE", `${CSS}${id}`, undefined, Any);
    const wrong = open({ url: below.url.replace("/superset", "") }).signIn();
    await expect(wrong).rejects.toMatchObject({ code: "superset/not-found" });
  } finally {
    await below.close();
  }
});

test("a read is repeated on passing failures, four attempts at most", async () => {
  const attempts: string[] = [];
  const client = open({}, { onRequest: (method, path, attempt) => attempts.push(`${method} ${path} ${attempt}`) });
  await client.signIn();
  proxy.answerWith(ME, 503, "{}", { times: 1 });
  proxy.refuse(ME, 1);
  proxy.answerWith(ME, 429, "{}", { times: 1, headers: { "retry-after": "1" } });
  const start = Date.now();
  await client.get(ME, Me);
  expect(Date.now() - start).toBeGreaterThanOrEqual(1000);
  expect(attempts.filter((line) => line.includes(ME))).toEqual([1, 2, 3, 4].map((n) => `GET ${ME} ${n}`));
  proxy.clearRules();
  proxy.resetRequests();
  proxy.answerWith(ME, 502, "<h1>bad gateway</h1>");
  await expect(client.get(ME, Me)).rejects.toMatchObject({ code: "superset/unavailable", status: 502 });
  expect(proxy.count(ME)).toBe(4);
});

test("a login is repeated when the server asks for patience", async () => {
  proxy.answerWith("/security/login", 429, "{}", { times: 1, headers: { "retry-after": "1" } });
  await open().signIn();
  expect(proxy.count("/security/login")).toBe(2);
});

test.each(["cut", "refused", "503"])("a write without an answer (%s) is not repeated", async (fault) => {
  const client = open();
  if (fault === "cut") proxy.cutAfterResponse(`POST ${CSS}`);
  else if (fault === "refused") proxy.refuse(`POST ${CSS}`);
  else proxy.answerWith(`POST ${CSS}`, 503, "{}");
  await expect(client.send("POST", CSS, newCss(), Any)).rejects.toMatchObject({ code: "superset/outcome-unknown" });
  expect(proxy.writes()).toBe(1);
});

test("a server that is down is refused, one that comes back is waited for", async () => {
  const client = open();
  await client.signIn();
  await proxy.goDown();
  await expect(client.get(ME, Me)).rejects.toMatchObject({ code: "connection/refused" });
  await expect(client.send("POST", CSS, newCss(), Any)).rejects.toMatchObject({ code: "connection/refused" });
  const waiting = client.get(ME, Me);
  await proxy.comeBack();
  expect((await waiting).result.username).toBe(server.username);
});

test("a CSRF token that has ended is replaced once, for JSON and for files", async () => {
  const client = open();
  proxy.answerWith(`POST ${CSS}`, 400, '{"errors":[{"message":"400 Bad Request: The CSRF token has expired."}]}', {
    times: 1,
  });
  const { id } = await client.send("POST", CSS, newCss(), z.object({ id: z.number() }));
  expect(proxy.count("/csrf_token")).toBe(2);
  const redirect = { times: 1, headers: { location: `${proxy.url}/login/?next=x` } };
  proxy.answerWith(`DELETE ${CSS}`, 302, "", redirect);
  await client.send("DELETE", `${CSS}${id}`, undefined, Any);
  expect(proxy.count("/csrf_token")).toBe(3);
  proxy.answerWith(`POST ${CSS}`, 302, "", { headers: redirect.headers });
  const refused = client.send("POST", CSS, newCss(), Any);
  await expect(refused).rejects.toMatchObject({ code: "superset/login-page" });
});

test("a token is refreshed before it ends, and replaced by a login where that fails", async () => {
  const client = open();
  await client.signIn();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 13 * 60_000);
  await Promise.all([client.get(ME, Me), client.get(ME, Me)]);
  expect([proxy.count("/login"), proxy.count("/refresh")]).toEqual([1, 1]);
  proxy.answerWith("/security/refresh", 401, '{"msg":"Token has expired"}');
  vi.setSystemTime(Date.now() + 13 * 60_000);
  await client.get(ME, Me);
  expect([proxy.count("/login"), proxy.count("/refresh")]).toEqual([2, 2]);
  proxy.answerWith(ME, 401, '{"msg":"Token has been revoked"}', { times: 1 });
  await client.get(ME, Me);
  expect(proxy.count("/login")).toBe(3);
});

test("a login page, an error page and an endless answer are errors that say what they are", async () => {
  const client = open();
  await client.signIn();
  const get = () => client.get(ME, Me);
  proxy.answerWith(ME, 302, "", { times: 1, headers: { location: "https://idp.example.com/login?secret=1" } });
  const login = await get().catch((error: unknown) => error);
  expect(login).toMatchObject({ code: "superset/login-page", why: "it redirects to https://idp.example.com/login" });
  proxy.answerWith(ME, 200, "<!doctype html><title>Sign in</title>", { times: 1 });
  await expect(get()).rejects.toMatchObject({ code: "superset/not-json", why: expect.stringContaining("Sign in") });
  proxy.answerWith(ME, 500, "<html><title>Oops</title></html>", { times: 1 });
  await expect(get()).rejects.toMatchObject({ code: "superset/failed", why: "Oops" });
  proxy.answerWith(ME, 200, '{"result":{}}', { times: 1 });
  await expect(get()).rejects.toMatchObject({ code: "superset/unexpected-answer" });
  proxy.hugeBody(ME, 100 * 1024 * 1024, 1);
  await expect(get()).rejects.toMatchObject({ code: "superset/response-too-large" });
  expect((await get()).result.username).toBe(server.username);
});

test("too old a server is refused", async () => {
  proxy.answerWith("/version", 200, '{"version_string":"5.0.0"}');
  await expect(open().version()).rejects.toMatchObject({ code: "superset/too-old" });
});

test("nothing is written once the engine is gone, and a signal ends what is under way", async () => {
  const gone = open(
    {},
    {
      mayWrite: () => {
        throw new Error("the engine is gone");
      },
    },
  );
  await expect(gone.send("POST", CSS, newCss(), Any)).rejects.toThrow("the engine is gone");
  expect(proxy.writes()).toBe(0);
  const controller = new AbortController();
  const stopped = open({}, { signal: controller.signal });
  await stopped.signIn();
  proxy.answerWith(ME, 503, "{}", { headers: { "retry-after": "20" } });
  const waiting = stopped.get(ME, Me);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ code: "superset/cancelled" });
});

test("a server that never answers is given up", async () => {
  const hole = createServer(() => undefined).listen(0, "127.0.0.1");
  await new Promise((resolve) => hole.once("listening", resolve));
  const { port } = hole.address() as { port: number };
  const start = Date.now();
  const client = open({ url: `http://127.0.0.1:${port}`, timeoutSeconds: 0.3 });
  await expect(client.signIn()).rejects.toMatchObject({ code: "connection/timeout" });
  expect(Date.now() - start).toBeLessThan(10_000);
  hole.close();
});
