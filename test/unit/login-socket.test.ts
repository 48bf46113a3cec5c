import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ProblemError } from "../../provider/src/core/errors";
import { connectionOf } from "../../provider/src/login/connection";
import { SocketTokens } from "../../provider/src/login/socket-tokens";
import { keyFile, makeProof, socketPath, TOKEN_FOLDER_VARIABLE } from "../../provider/src/login/token-protocol";
import { serveTokens, type TokenServer } from "../../provider/src/login/token-server";
import { readSettings } from "../../provider/src/settings/read-settings";
import { RenewingTokens } from "../../provider/src/superset/renewing-tokens";

const URL_OF_SERVER = "https://bi.example.com";

let logIn: ReturnType<typeof vi.fn<() => Promise<{ accessToken: string; lifeSeconds: number }>>>;
let server: TokenServer;

beforeEach(async () => {
  let count = 0;
  logIn = vi.fn(async () => ({ accessToken: `token-canary-${++count}`, lifeSeconds: 100 }));
  server = await serveTokens(new RenewingTokens({ logIn }), `${URL_OF_SERVER}/`);
});
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  await server.close();
});

const client = (url = URL_OF_SERVER) => new SocketTokens(server.folder, url, "qa");

/** Speaks the protocol by hand; answers all that the server said. */
function converse(say: (challenge: string) => object | string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath(server.folder));
    let text = "";
    socket.on("data", (chunk) => {
      const isFirst = text === "";
      text += chunk.toString();
      if (!isFirst) return;
      const { challenge } = JSON.parse(text) as { challenge: string };
      const said = say(challenge);
      socket.write(typeof said === "string" ? said : `${JSON.stringify(said)}\n`);
    });
    socket.on("close", () => resolve(text)).on("error", reject);
  });
}

it("gives all processes the token of one login, and a new one when it is due", async () => {
  const [program, hooks] = [client(), client("HTTPS://BI.example.com:443")];
  const [first, second] = await Promise.all([program.current(), hooks.current()]);
  expect([first.value, second.value]).toEqual(["token-canary-1", "token-canary-1"]);
  expect((await program.current()).value).toBe("token-canary-1");
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(Date.now() + 81_000);
  expect((await hooks.current()).value).toBe("token-canary-2");
  expect(logIn).toHaveBeenCalledTimes(2);
});

it("replaces a token that the server refused, once for all who say so", async () => {
  const [program, hooks] = [client(), client()];
  for (const tokens of [program, hooks]) {
    await tokens.current();
    tokens.forget("token-canary-1");
  }
  const renewed = await Promise.all([program.current(), hooks.current()]);
  expect(renewed.map(({ value }) => value)).toEqual(["token-canary-2", "token-canary-2"]);
});

it("may be seen by its user only, and holds no token", async () => {
  await client().current();
  const modes = ["", ...readdirSync(server.folder)].map((name) => statSync(join(server.folder, name)).mode & 0o777);
  expect(modes).toEqual([0o700, 0o600, 0o600]);
  expect(readFileSync(keyFile(server.folder), "utf8")).not.toContain("canary");
});

it("gives nothing to who does not know the key, and nothing twice for one proof", async () => {
  const question = { url: URL_OF_SERVER, refused: "" };
  const guessed = await converse((challenge) => ({ ...question, proof: makeProof("guessed", challenge, question) }));
  expect(guessed).not.toContain("canary");
  expect(await converse(() => "no json\n")).not.toContain("canary");
  let heard: object = {};
  const right = await converse((challenge) => {
    heard = { ...question, proof: makeProof(readFileSync(keyFile(server.folder), "utf8"), challenge, question) };
    return heard;
  });
  expect(right).toContain("token-canary-1");
  expect(await converse(() => heard)).not.toContain("canary");
  const changed = await converse((challenge) => {
    const proof = makeProof(readFileSync(keyFile(server.folder), "utf8"), challenge, question);
    return { url: URL_OF_SERVER, refused: "another", proof };
  });
  expect(changed).not.toContain("canary");
});

it("gives no token for another server", async () => {
  const error = await client("https://evil.example.com")
    .current()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "auth/other-server", exitCode: 3, place: { stack: "qa" } });
});

it("tells the processes why there is no token", async () => {
  logIn.mockRejectedValueOnce(
    new ProblemError({ code: "auth/login-timeout", summary: "Nobody logged in", remedy: "Run it again.", exitCode: 3 }),
  );
  const error = await client()
    .current()
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "auth/login-timeout", remedy: "Run it again.", exitCode: 3 });
  expect((await client().current()).value).toBe("token-canary-1");
});

it("leaves nothing behind, and who asks later is told that it is gone", async () => {
  const tokens = client();
  await tokens.current();
  await server.close();
  expect(existsSync(server.folder)).toBe(false);
  tokens.forget("token-canary-1");
  const error = await tokens.current().catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "auth/login-gone", remedy: expect.stringContaining("pulumi-superset deploy") });
});

it("is where the program and the hooks get their token from", async () => {
  vi.stubEnv(TOKEN_FOLDER_VARIABLE, server.folder);
  // The command has seen to it that a person is there.
  vi.stubEnv("CI", "true");
  const auth = JSON.stringify({ provider: "oidc", issuer: "https://sso.example.com", clientId: "cli" });
  const connection = connectionOf(readSettings({ url: URL_OF_SERVER, role: "qa", auth }));
  if (connection.auth.provider !== "oidc") throw new Error("another login");
  expect((await connection.auth.tokens.current()).value).toBe("token-canary-1");
});
