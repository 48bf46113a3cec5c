import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { CommandResult } from "../support/pulumi-project";
import { collectWithPerson, ScriptedPerson } from "../support/scripted-person";
import { type TestServer, useSuperset } from "../support/servers";
import {
  browserAuth,
  countLogins,
  registerUser,
  type SingleSignOn,
  type SsoServer,
  startSingleSignOn,
} from "../support/sso-superset";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

let sso: SingleSignOn;
let qa: TestServer;
let production: SsoServer;
let stacks: TwoStacks;
const outputs: string[] = [];

beforeAll(async () => {
  sso = await startSingleSignOn(["request-loader"]);
  production = sso.servers["request-loader"] as SsoServer;
  qa = await useSuperset();
  await registerUser(production, sso.provider, "anna");
  stacks = await createTwoStacks({ qa, production });
  stacks.configure("production", { auth: browserAuth(sso.provider) });
  stacks.commit("Production has a login in the browser");
  expect(await stacks.project.up()).toMatchObject({ code: 0 });
});
beforeEach(() => {
  // So short that one token does not last for a command.
  sso.provider.setTokenLife(8);
  sso.provider.tokenRequests.length = 0;
});
afterAll(async () => {
  stacks?.remove();
  await sso?.stop();
});

async function run(...args: string[]): Promise<CommandResult> {
  const child = stacks.project.startCommand([...args, "--no-browser"]);
  const result = await collectWithPerson(child, new ScriptedPerson("anna"));
  outputs.push(result.output);
  return result;
}

async function countCharts(server: Pick<TestServer, "query">): Promise<number> {
  const [row] = await server.query("SELECT count(*)::int AS n FROM slices");
  return Number(row?.n);
}

it("promote asks one person to log in once, for the plan, the word and the deployment", async () => {
  const { code, output } = await run("promote", "--yes", "--confirm", "PROMOTE");
  expect(code, output).toBe(0);
  expect(await countCharts(production)).toBe(10);
  expect(countLogins(sso.provider)).toBe(1);
});

it("sync reads such a server after one login, and writes to it after one", async () => {
  await production.query(
    "UPDATE slices SET description = 'by hand', changed_on = now() WHERE slice_name = 'Best sellers'",
  );
  const out = await run("sync", "production", "qa", "--yes");
  expect(out.code, out.output).toBe(0);
  expect(countLogins(sso.provider)).toBe(1);
  const described = "SELECT slice_name FROM slices WHERE description = 'by hand'";
  expect(await qa.query(described)).toEqual([{ slice_name: "Best sellers" }]);

  await qa.query("UPDATE slices SET description = 'by QA', changed_on = now() WHERE slice_name = 'Best sellers'");
  const back = await run("sync", "qa", "production", "--yes", "--confirm", "SYNC TO PRODUCTION");
  expect(back.code, back.output).toBe(0);
  expect(countLogins(sso.provider)).toBe(2);
  expect(await production.query(described)).toEqual([]);
});

it("rollback of that and a drift check take one login each, and no token is printed", async () => {
  const { code, output } = await run("rollback", "--yes", "--confirm", "ROLLBACK");
  expect(code, output).toBe(0);
  expect(await production.query("SELECT description FROM slices WHERE slice_name = 'Best sellers'")).toEqual([
    { description: "by hand" },
  ]);
  expect(countLogins(sso.provider)).toBe(1);
  const drift = await run("drift", "--stack", "production");
  expect(drift.output).toContain("production");
  expect(countLogins(sso.provider)).toBe(2);
  const tokens = sso.provider.issued;
  expect(tokens.length).toBeGreaterThan(4);
  expect(tokens.filter((token) => outputs.join().includes(token))).toEqual([]);
});
