import { once } from "node:events";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { type Manifest, manifestSchema } from "../../provider/src/cli/manifest";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

const IMPORT = "POST /api/v1/assets/import/";
const WORD = ["--yes", "--confirm", "PROMOTE"];
const CHART = "charts/monthly-revenue.yaml";
const BROKEN = "charts/broken.yaml";
const RULE = { name: "Own rows", datasets: ["datasets/Shop/orders.yaml"], roles: ["Gamma"], clause: "1 = 1" };

let qa: TestServer;
let production: TestServer;
let proxy: FaultProxy;
let stacks: TwoStacks;

/** The sample with a rule, on QA; each test goes on from where the one before it ended. */
beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  proxy = await startFaultProxy(production.url);
  stacks = await createTwoStacks({ qa, production: { ...production, url: proxy.url } });
  writeFileSync(join(stacks.assets, "access.yaml"), stringify({ rowLevelSecurity: [RULE] }));
  stacks.commit("A rule");
  expect((await stacks.project.deploy()).output).toContain("21 created");
});
afterAll(async () => {
  stacks?.remove();
  await proxy?.close();
});

const promote = (...args: string[]) => stacks.project.command(["promote", ...args]);
const rollback = (...args: string[]) => stacks.project.command(["rollback", ...args]);
const listRules = () => production.query("SELECT name FROM row_level_security_filters");

function readManifests(): Manifest[] {
  const folder = join(stacks.project.folder, "promotions/production");
  return readdirSync(folder)
    .sort()
    .map((name) => manifestSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

async function readIds(): Promise<Record<string, unknown>[]> {
  return production.query(
    "SELECT uuid::text, id, slice_name AS name FROM slices UNION ALL SELECT uuid::text, id, table_name FROM tables UNION ALL SELECT uuid::text, id, dashboard_title FROM dashboards ORDER BY 1",
  );
}

describe("pulumi-superset promote", () => {
  it("needs the word, from a person or from --confirm, and never hangs", async () => {
    expect(await promote("--yes", "--force")).toMatchObject({
      code: 3,
      output: expect.stringContaining("[cli/nobody-to-ask]"),
    });
    expect(await promote("--yes", "--confirm", "promote")).toMatchObject({
      code: 3,
      output: expect.stringContaining("[cli/wrong-word]"),
    });
  });

  it("refuses files that are not committed, not pushed or not valid; --force makes warnings of it, and a dry run says what it would do, in words", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Not on QA");
    stacks.git("commit", "--quiet", "--all", "--message", "Not pushed");
    writeFileSync(join(stacks.assets, BROKEN), "slice_name: [\n");
    const refused = await promote(...WORD);
    expect(refused).toMatchObject({ code: 3, output: expect.stringContaining("[promote/not-ready]") });
    expect(refused.output).toContain("1 file not committed: assets/charts/broken.yaml.");
    expect(refused.output).toContain("push it first");
    expect(refused.output).toContain("charts/broken.yaml:");

    // Without its own validation a promotion still deploys nothing that a deployment refuses.
    stacks.commit("Broken");
    const skipped = await promote(...WORD, "--skip-validation");
    expect(skipped.code).not.toBe(0);
    expect(skipped.output).toContain("charts/broken.yaml:");
    expect(skipped.output).not.toContain("[promote/not-ready]");

    rmSync(join(stacks.assets, BROKEN));
    const forced = await promote("--force", "--dry-run");
    expect(forced).toMatchObject({ code: 7, output: expect.stringContaining("promoted although (--force)") });
    expect(forced.output).toContain("1 file not committed: assets/charts/broken.yaml.");
    expect(forced.output).toContain("1 file not tested on qa");
    // What it would do, in words.
    expect(forced.stdout).toContain("production as it is → the files");
    expect(forced.stdout).toContain('+ chart "Not on QA"');
    expect(forced.output).toContain("19 assets: 19 to create. Nothing was written.");
    expect(proxy.writes()).toBe(0);
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Revenue of the last month");
    stacks.commit("Mended");
  });

  it("says what the server had where it dies in the middle, and finishes when it runs again", async () => {
    await production.query(`
      CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql;
      CREATE TRIGGER refuse BEFORE INSERT ON slices FOR EACH ROW
        WHEN (NEW.slice_name = 'Revenue of the last month') EXECUTE FUNCTION refuse();`);
    const failed = await promote(...WORD);
    await production.query("DROP TRIGGER refuse ON slices");
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("failed-assets.json");
    const [first] = readManifests();
    expect(first).toMatchObject({ status: "failed" });
    expect(first?.assets).toHaveLength(19);
    // The dashboard shows the chart.
    expect(first?.failed).toEqual([CHART, "dashboards/shop-overview.yaml"]);
    expect((await readContent(production)).assets).toHaveLength(16);

    const { code, output } = await promote(...WORD);
    expect(output).toContain("every id is right");
    expect(code).toBe(0);
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);
    expect(await listRules()).toEqual([{ name: RULE.name }]);
  });

  it("leaves a manifest that says who, when, what and from where", () => {
    const [, manifest] = readManifests();
    expect(manifest).toMatchObject({
      kind: "promotion",
      status: "done",
      stack: "production",
      author: "Ann <ann@example.com>",
      commit: stacks.git("rev-parse", "HEAD").trim(),
      source: { stack: "qa", url: qa.url, version: "6.1.0" },
      target: { stack: "production", url: proxy.url },
    });
    expect(manifest?.assets.map(({ path }) => path).sort()).toEqual([CHART, "dashboards/shop-overview.yaml"]);
  });

  it("that took several runs is rolled back as a whole: all that a first one made is gone", async () => {
    const { code, output } = await rollback("--yes", "--confirm", "ROLLBACK");
    expect(code, output).toBe(0);
    expect(output).toContain("took several runs");
    expect(output).toContain("- 19 deleted");
    expect((await readContent(production)).assets).toEqual([]);
    expect(await listRules()).toEqual([]);
  });

  it("makes it all again, though nobody reads what it prints; another one is refused meanwhile, and leaves no manifest", async () => {
    proxy.resetRequests();
    const gate = proxy.hold(IMPORT);
    const unread = stacks.project.startCommand(["promote", ...WORD]);
    const end = once(unread, "close");
    unread.stdout?.destroy();
    unread.stderr?.destroy();
    await expect.poll(() => proxy.count(IMPORT), { timeout: 120_000 }).toBeGreaterThan(0);
    const manifests = readManifests().length;
    expect(await promote(...WORD)).toMatchObject({ code: 3, output: expect.stringContaining("[stack/locked]") });
    expect(readManifests()).toHaveLength(manifests);
    gate.release();
    expect(await end).toEqual([0, null]);
    proxy.clearRules();
    expect(readManifests().at(-1)).toMatchObject({ status: "done" });
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);
  });
});

/** One changed, one new, one gone, and a rule that is gone, with a stack that may delete. */
describe("a promotion that is a mistake", () => {
  beforeAll(() => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Changed by the promotion");
    const copy = readFileSync(join(stacks.assets, CHART), "utf8")
      .replace(/^uuid: .*$/m, "uuid: 0c0ffee0-1111-4222-8333-444455556666")
      .replace(/slice_name: .*/, "slice_name: New");
    writeFileSync(join(stacks.assets, "charts/new.yaml"), copy);
    rmSync(join(stacks.assets, "dashboards/shop-customers.yaml"));
    rmSync(join(stacks.assets, "access.yaml"));
    stacks.configure("production", { strategy: "CREATE | UPDATE | DELETE" });
    stacks.commit("A promotion that was a mistake");
    proxy.resetRequests();
  });

  it("is refused where the server fails to export what a rollback would need", async () => {
    const broken = '{"message":"Fatal error"}';
    proxy.answerWith("GET /api/v1/assets/export/", 500, broken);
    proxy.answerWith("GET /api/v1/chart/export/", 500, broken);
    proxy.answerWith("GET /api/v1/dashboard/export/", 500, broken);
    const { code, output } = await promote(...WORD);
    proxy.clearRules();
    expect(code).toBe(1);
    expect(output).toContain("[snapshot/incomplete]");
    expect(output).toMatch(/chart "Best sellers" \(id \d+\): /);
    expect(proxy.writes()).toBe(0);
  });

  it("is refused where a person edits production between plan and apply, and writes nothing", async () => {
    const manifests = readManifests();
    proxy.resetRequests();
    // The snapshot of what is there is read after the plan was made, and before it is applied.
    const gate = proxy.hold("GET /api/v1/assets/export/");
    const run = promote(...WORD);
    await expect.poll(() => proxy.count("GET /api/v1/assets/export/"), { timeout: 120_000 }).toBeGreaterThan(0);
    await production.query(
      "UPDATE slices SET description = 'Edited by hand', changed_on = now() WHERE slice_name = 'Revenue of the last month'",
    );
    gate.release();
    const { code, output } = await run;
    proxy.clearRules();
    expect(code).toBe(3);
    expect(output).toContain("[plan/moved]");
    expect(readManifests()).toEqual(manifests);
    expect(output).toMatch(/monthly-revenue\.yaml .*changed on the server|monthly-revenue\.yaml .*; the plan said/);
    expect(proxy.writes()).toBe(0);
  });

  it("is rolled back: content, ids, rules and what was deleted come back, what came goes, and a commit is named to revert", async () => {
    const before = await readContent(production);
    const idsBefore = await readIds();
    const commit = stacks.git("rev-parse", "HEAD").trim().slice(0, 9);
    const promoted = await promote(...WORD);
    expect(promoted, promoted.output).toMatchObject({ code: 0 });
    expect(promoted.stdout).toContain('row-level security rule "Own rows": delete: no longer declared');
    expect(promoted.output).not.toContain("promoted although");
    expect((await readContent(production)).assets).not.toEqual(before.assets);
    expect(await listRules()).toEqual([]);
    // What people edit since, and settings against overwriting that, do not stand in the way.
    stacks.configure("production", { strategy: "CREATE | UPDATE", onDrift: "refuse" });
    await production.query(
      "UPDATE slices SET description = 'Edited since', changed_on = now() WHERE slice_name = 'Best sellers'",
    );
    const edited = await readContent(production);

    const dry = await rollback("--dry-run");
    expect(dry).toMatchObject({ code: 7 });
    expect(dry.stdout).toContain('- chart "New"');
    expect(await rollback("--yes")).toMatchObject({ code: 3 });
    expect((await readContent(production)).assets).toEqual(edited.assets);

    const { code, output } = await rollback("--yes", "--confirm", "ROLLBACK");
    expect(output).toContain(`git revert ${commit}`);
    expect(code).toBe(0);
    expect((await readContent(production)).assets).toEqual(before.assets);
    expect(await listRules()).toEqual([{ name: RULE.name }]);
    const ids = await readIds();
    // What was deleted has another id now.
    expect(ids.filter(({ name }) => name !== "Shop customers")).toEqual(
      idsBefore.filter(({ name }) => name !== "Shop customers"),
    );
    expect(readManifests().at(-1)).toMatchObject({ kind: "rollback", status: "done" });
  });
});

describe("pulumi-superset rollback", () => {
  it("can be rolled back itself", async () => {
    expect(await rollback("--yes", "--confirm", "ROLLBACK")).toMatchObject({ code: 0 });
    const names = (await readIds()).map(({ name }) => name);
    expect(names).toContain("Changed by the promotion");
    expect(names).toContain("New");
    expect(names).not.toContain("Shop customers");
    expect(await listRules()).toEqual([]);
  });

  it("brings back what somebody deleted by hand", async () => {
    const newest = readManifests().at(-1);
    await production.query("DELETE FROM dashboard_slices");
    await production.query("DELETE FROM slices WHERE slice_name = 'New'");
    expect(await rollback("--yes", "--confirm", "ROLLBACK")).toMatchObject({ code: 0 });
    expect((await readIds()).map(({ name }) => name)).toContain("Shop customers");
    expect(readManifests().at(-1)).toMatchObject({ undoes: newest?.id });
  });

  it("is told by history, with what was undone", async () => {
    const { code, stdout } = await stacks.project.command(["history"]);
    expect(code).toBe(0);
    expect(stdout.split("\n").every((line) => line.length <= 80)).toBe(true);
    expect(stdout).toMatch(/rollback of \S+, done/);
    expect(stdout).toContain("rolled back");
    const { stdout: json } = await stacks.project.command(["history", "--json"]);
    const entries = JSON.parse(json) as Manifest[];
    expect(entries.map(({ id }) => id)).toEqual(
      readManifests()
        .map(({ id }) => id)
        .toReversed(),
    );
    expect(entries[0]).not.toHaveProperty("bundle");
  });
});
