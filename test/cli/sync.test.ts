import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

let qa: TestServer;
let production: TestServer;
let proxies: { qa: FaultProxy; production: FaultProxy };
let stacks: TwoStacks;

beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  proxies = { qa: await startFaultProxy(qa.url), production: await startFaultProxy(production.url) };
  stacks = await createTwoStacks({
    qa: { ...qa, url: proxies.qa.url },
    production: { ...production, url: proxies.production.url },
  });
  // Production has grown by hand: what QA gets is what is there, not what the files say.
  const up = ["up", "--yes", "--skip-preview", "--stack", "production", "--non-interactive"];
  expect(await stacks.project.pulumi(up)).toMatchObject({ code: 0 });
  await production.query(
    "UPDATE slices SET slice_name = 'Edited in production', changed_on = now() WHERE slice_name = 'Best sellers'",
  );
});
afterAll(async () => {
  stacks?.remove();
  await proxies?.qa.close();
  await proxies?.production.close();
});

const sync = (...args: string[]) => stacks.project.command(["sync", ...args]);

describe("pulumi-superset sync", () => {
  it("shows what it would do and asks, and writes nothing without an answer", async () => {
    const dry = await sync("production", "qa", "-n");
    expect(dry).toMatchObject({ code: 7 });
    expect(dry.stdout).toContain("qa as it is → production as it is");
    expect(await sync("production", "qa")).toMatchObject({
      code: 3,
      output: expect.stringContaining("[cli/nobody-to-ask]"),
    });
    expect(proxies.qa.writes()).toBe(0);
  });

  it("brings one server to another through its stack: content, other ids, and a UI that stays open", async () => {
    const { code, output } = await sync("production", "qa", "-y");
    expect(code).toBe(0);
    expect(output).toContain("5 datasets, 10 charts, 2 dashboards on qa: can be edited in Superset's UI");
    const names = await qa.query("SELECT slice_name FROM slices WHERE slice_name = 'Edited in production'");
    expect(names).toHaveLength(1);
    const managed = await qa.query("SELECT count(*)::int AS n FROM slices WHERE is_managed_externally");
    expect(managed).toEqual([{ n: 0 }]);
    const locked = await production.query("SELECT count(*)::int AS n FROM slices WHERE is_managed_externally");
    expect(locked).toEqual([{ n: 10 }]);
    expect(stacks.git("status", "--porcelain", "--", "assets")).toBe("");
  });

  it("writes nothing at all where both have the same", async () => {
    proxies.qa.resetRequests();
    expect(await sync("production", "qa", "-y")).toMatchObject({
      code: 0,
      output: expect.stringContaining("nothing to do"),
    });
    expect(proxies.qa.writes()).toBe(0);
  });

  it("leaves what the project declares about assets that the source lacks, but shortens no rule", async () => {
    const folder = join(stacks.project.folder, "assets");
    const [dataset = ""] = readdirSync(join(folder, "datasets/Shop")).map((name) => `datasets/Shop/${name}`);
    const uuid = "0d1e2f30-1111-4222-8333-444455556666";
    const text = readFileSync(join(folder, dataset), "utf8");
    writeFileSync(
      join(folder, "datasets/Shop/only here (1).yaml"),
      text.replace(/^uuid: .*$/m, `uuid: ${uuid}`).replace(/^table_name: .*$/m, "table_name: only_here"),
    );
    const rule = (datasets: readonly string[]) => [{ name: "Own rows", datasets, roles: ["Gamma"], clause: "1 = 1" }];
    const declare = (datasets: readonly string[]) =>
      writeFileSync(
        join(folder, "access.yaml"),
        JSON.stringify({ owners: { "datasets/Shop/only here (1).yaml": ["admin"] }, rowLevelSecurity: rule(datasets) }),
      );
    declare(["datasets/Shop/only here (1).yaml"]);
    expect(await sync("production", "qa", "-y")).toMatchObject({ code: 0 });
    expect(await qa.query("SELECT 1 FROM tables WHERE table_name = 'only_here'")).toEqual([]);
    declare(["datasets/Shop/only here (1).yaml", dataset]);
    const refused = await sync("production", "qa", "-y");
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining("[sync/rule-incomplete]") });
    expect(refused.output).toContain('access.yaml: rule "Own rows" also limits datasets/Shop/only here (1).yaml');
    stacks.git("checkout", "--", "assets");
    stacks.git("clean", "-fdq", "--", "assets");
  });

  it("to production needs the words, and leaves a manifest", async () => {
    await qa.query(
      "UPDATE slices SET slice_name = 'From QA', changed_on = now() WHERE slice_name = 'Edited in production'",
    );
    const refused = await sync("qa", "production", "-y");
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining('--confirm "SYNC TO PRODUCTION"') });
    expect(refused.output).toContain("production is a production server");
    const before = await readContent(production);
    expect(await sync("qa", "production", "--confirm", "SYNC TO PRODUCTION")).toMatchObject({ code: 0 });
    expect(await readContent(production)).not.toEqual(before);
    expect(await production.query("SELECT count(*)::int AS n FROM slices WHERE slice_name = 'From QA'")).toEqual([
      { n: 1 },
    ]);
    expect(readdirSync(join(stacks.project.folder, "promotions/production"))).toHaveLength(1);
  });

  it("refuses one server twice, and an instance that no stack deploys to", async () => {
    expect(await sync("qa", "qa")).toMatchObject({ code: 2, output: expect.stringContaining("[sync/same-server]") });
    expect(await sync("qa", "nowhere")).toMatchObject({
      code: 2,
      output: expect.stringContaining("[instance/unknown]"),
    });
  });
});
