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

let qa: TestServer;
let production: TestServer;
let proxy: FaultProxy;
let stacks: TwoStacks;

beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  proxy = await startFaultProxy(production.url);
  stacks = await createTwoStacks({ qa, production: { ...production, url: proxy.url } });
  expect((await stacks.project.deploy()).output).toContain("20 created");
});
afterAll(async () => {
  stacks?.remove();
  await proxy?.close();
});

const promote = (...args: string[]) => stacks.project.command(["promote", ...args]);

function readManifests(): Manifest[] {
  const folder = join(stacks.project.folder, "promotions/production");
  return readdirSync(folder)
    .sort()
    .map((name) => manifestSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

describe("pulumi-superset promote", () => {
  it("shows what it would do, in words, and writes nothing", async () => {
    const { code, output, stdout } = await promote("--dry-run");
    expect(code).toBe(7);
    expect(stdout).toContain("production as it is → the files");
    expect(stdout).toContain('+ chart "Revenue of the last month"');
    expect(output).toContain("18 assets: 18 to create. Nothing was written.");
    expect(proxy.writes()).toBe(0);
  });

  it("needs the word, from a person or from --confirm, and never hangs", async () => {
    for (const args of [[], ["--yes"], ["--yes", "--confirm", "promote"], ["--force"]]) {
      const { code, output } = await promote(...args);
      expect(code, args.join(" ")).toBe(3);
      expect(output).toMatch(/\[cli\/(nobody-to-ask|wrong-word)\]/);
    }
    expect(proxy.writes()).toBe(0);
  });

  it("refuses files that are not committed, not pushed or not valid; --force makes warnings of it", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Not committed");
    expect(await promote(...WORD)).toMatchObject({
      code: 3,
      output: expect.stringMatching(/1 file not committed: assets\/charts\/monthly-revenue\.yaml/),
    });
    stacks.git("commit", "--quiet", "--all", "--message", "Not pushed");
    expect(await promote(...WORD)).toMatchObject({ code: 3, output: expect.stringContaining("push it first") });
    const forced = await promote("--force", "--dry-run");
    expect(forced).toMatchObject({ code: 7, output: expect.stringContaining("promoted although (--force)") });
    expect(forced.output).toContain("1 file not tested on qa");
    stacks.git("reset", "--quiet", "--hard", "HEAD~1");

    writeFileSync(join(stacks.assets, "charts/broken.yaml"), "slice_name: [\n");
    stacks.commit("Broken");
    expect(await promote(...WORD)).toMatchObject({ code: 3, output: expect.stringContaining("charts/broken.yaml:") });
    // Without its own validation a promotion still deploys nothing that a deployment refuses.
    const skipped = await promote(...WORD, "--skip-validation");
    expect(skipped.code).not.toBe(0);
    expect(skipped.output).toContain("charts/broken.yaml:");
    expect(skipped.output).not.toContain("[promote/not-ready]");
    rmSync(join(stacks.assets, "charts/broken.yaml"));
    stacks.commit("Mended");
    expect(proxy.writes()).toBe(0);
  });

  it("applies the plan, and leaves a manifest that says who, when, what and from where", async () => {
    const { code, output } = await promote(...WORD);
    expect(output).toContain("every id is right");
    expect(code).toBe(0);
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);
    const [manifest] = readManifests();
    expect(manifest).toMatchObject({
      kind: "promotion",
      status: "done",
      stack: "production",
      author: "Ann <ann@example.com>",
      commit: stacks.git("rev-parse", "HEAD").trim(),
      source: { stack: "qa", url: qa.url, version: "6.1.0" },
      target: { stack: "production", url: proxy.url },
    });
    expect(manifest?.assets).toHaveLength(18);
    expect(await promote(...WORD)).toMatchObject({ code: 0, output: expect.stringContaining("nothing to do") });
    stacks.commit("Promoted");
  });

  it("refuses where the server fails to export what a rollback would need", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Revenue by month");
    stacks.commit("A better name");
    expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
    proxy.resetRequests();
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

  it("refuses where a person edits production between plan and apply, and writes nothing", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Revenue of each month");
    stacks.commit("A still better name");
    expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
    proxy.resetRequests();
    const manifests = readManifests();
    // The snapshot of what is there is read after the plan was made, and before it is applied.
    const gate = proxy.hold("GET /api/v1/assets/export/");
    const run = promote(...WORD);
    await expect.poll(() => proxy.count("GET /api/v1/assets/export/"), { timeout: 120_000 }).toBeGreaterThan(0);
    await production.query(
      "UPDATE slices SET description = 'Edited by hand', changed_on = now() WHERE slice_name = 'Revenue of the last month'",
    );
    gate.release();
    const { code, output } = await run;
    expect(code).toBe(3);
    expect(output).toContain("[plan/moved]");
    expect(readManifests()).toEqual(manifests);
    expect(output).toMatch(/monthly-revenue\.yaml .*changed on the server|monthly-revenue\.yaml .*; the plan said/);
    expect(proxy.writes()).toBe(0);
    proxy.clearRules();
  });

  it("says what the server had where it dies in the middle, and finishes when it runs again", async () => {
    proxy.answerWith(IMPORT, 500, '{"message":"Import failed for an unknown reason"}');
    const failed = await promote(...WORD);
    expect(failed.code).toBe(1);
    expect(failed.output).toContain("failed-assets.json");
    expect(readManifests().at(-1)).toMatchObject({ status: "failed", failed: [CHART] });
    proxy.clearRules();
    expect(await promote(...WORD)).toMatchObject({ code: 0 });
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);
  });
});

describe("a promotion", () => {
  const edit = async (name: string) => {
    stacks.edit(CHART, /slice_name: .*/, `slice_name: ${name}, monthly`);
    stacks.edit("charts/best-sellers.yaml", /slice_name: .*/, `slice_name: ${name}, best`);
    stacks.commit(name);
    expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
  };

  it("is refused while another one runs, and leaves no manifest of that", async () => {
    await edit("Locked");
    proxy.resetRequests();
    const gate = proxy.hold(IMPORT);
    const first = promote(...WORD);
    await expect.poll(() => proxy.count(IMPORT), { timeout: 120_000 }).toBeGreaterThan(0);
    const manifests = readManifests().length;
    expect(await promote(...WORD)).toMatchObject({ code: 3, output: expect.stringContaining("[stack/locked]") });
    expect(readManifests()).toHaveLength(manifests);
    gate.release();
    expect(await first).toMatchObject({ code: 0 });
    proxy.clearRules();
  });

  it("goes on to its end where nobody reads what it prints any more", async () => {
    await edit("Unread");
    const child = stacks.project.startCommand(["promote", ...WORD]);
    child.stdout?.destroy();
    child.stderr?.destroy();
    expect(await once(child, "close")).toEqual([0, null]);
    expect(readManifests().at(-1)).toMatchObject({ status: "done" });
    expect((await readContent(production)).assets).toEqual((await readContent(qa)).assets);
  });

  it("that took several runs is rolled back as a whole", async () => {
    const before = await readContent(production);
    await edit("Twice");
    let imports = 0;
    proxy.rule(({ method, path }) =>
      `${method} ${path}`.startsWith(IMPORT) && ++imports > 1
        ? { fault: "answer", status: 500, body: '{"message":"Import failed for an unknown reason"}' }
        : undefined,
    );
    expect(await promote(...WORD, "--parallel", "1")).toMatchObject({ code: 1 });
    proxy.clearRules();
    expect(await promote(...WORD)).toMatchObject({ code: 0 });
    const { code, output } = await rollback("--yes", "--confirm", "ROLLBACK");
    expect(code, output).toBe(0);
    expect(output).toContain("took several runs");
    expect((await readContent(production)).assets).toEqual(before.assets);
    // The files go on where the server is.
    stacks.git("revert", "--no-edit", "HEAD");
    stacks.git("push", "--quiet");
    expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
  });
});

describe("pulumi-superset rollback", () => {
  it("brings back content, ids and what was deleted, removes what came, and says which commit to revert", async () => {
    stacks.commit("Before");
    const before = await readContent(production);
    const idsBefore = await readIds();
    // One changed, one new, one gone, with a stack that may delete.
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Changed by the promotion");
    const text = readFileSync(join(stacks.assets, CHART), "utf8");
    const copy = text
      .replace(/^uuid: .*$/m, "uuid: 0c0ffee0-1111-4222-8333-444455556666")
      .replace(/slice_name: .*/, "slice_name: New");
    writeFileSync(join(stacks.assets, "charts/new.yaml"), copy);
    rmSync(join(stacks.assets, "dashboards/shop-customers.yaml"));
    stacks.configure("production", { strategy: "CREATE | UPDATE | DELETE" });
    stacks.commit("A promotion that was a mistake");
    const commit = stacks.git("rev-parse", "HEAD").trim().slice(0, 9);
    expect(await promote(...WORD)).toMatchObject({ code: 0 });
    const promoted = await readContent(production);
    expect(promoted.assets).not.toEqual(before.assets);
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
    const ids = await readIds();
    // What was deleted has another id now.
    expect(ids.filter(({ name }) => name !== "Shop customers")).toEqual(
      idsBefore.filter(({ name }) => name !== "Shop customers"),
    );
    expect(readManifests().at(-1)).toMatchObject({ kind: "rollback", status: "done" });
  });

  it("can be rolled back itself", async () => {
    expect(await rollback("--yes", "--confirm", "ROLLBACK")).toMatchObject({ code: 0 });
    const names = (await readIds()).map(({ name }) => name);
    expect(names).toContain("Changed by the promotion");
    expect(names).toContain("New");
    expect(names).not.toContain("Shop customers");
  });

  it("brings back what somebody deleted by hand", async () => {
    const newest = readManifests().at(-1);
    await production.query("DELETE FROM dashboard_slices");
    await production.query("DELETE FROM slices WHERE slice_name = 'New'");
    expect(await rollback("--yes", "--confirm", "ROLLBACK")).toMatchObject({ code: 0 });
    expect((await readIds()).map(({ name }) => name)).toContain("Shop customers");
    expect(readManifests().at(-1)).toMatchObject({ undoes: newest?.id });
  });

  it("brings back a rule that a promotion deleted; the plan of that named it", async () => {
    stacks.configure("production", { strategy: "CREATE | UPDATE | DELETE", onDrift: "overwrite" });
    stacks.git("checkout", "--quiet", "HEAD", "--", "assets");
    const rule = { name: "Own rows", datasets: ["datasets/Shop/orders.yaml"], roles: ["Gamma"], clause: "1 = 1" };
    const rules = () => production.query("SELECT name FROM row_level_security_filters");
    writeFileSync(join(stacks.assets, "access.yaml"), stringify({ rowLevelSecurity: [rule] }));
    stacks.commit("A rule");
    expect(await promote(...WORD)).toMatchObject({ code: 0 });
    expect(await rules()).toEqual([{ name: "Own rows" }]);

    rmSync(join(stacks.assets, "access.yaml"));
    stacks.commit("No rule");
    const dry = await promote("--dry-run");
    expect(dry).toMatchObject({ code: 7 });
    expect(dry.stdout).toContain('row-level security rule "Own rows": delete: no longer declared');
    expect(dry.output).toMatch(/1 asset: 1 to delete/);
    expect(await promote(...WORD)).toMatchObject({ code: 0 });
    expect(await rules()).toEqual([]);
    expect(await rollback("--yes", "--confirm", "ROLLBACK")).toMatchObject({ code: 0 });
    expect(await rules()).toEqual([{ name: "Own rows" }]);
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

const rollback = (...args: string[]) => stacks.project.command(["rollback", ...args]);

async function readIds(): Promise<Record<string, unknown>[]> {
  return production.query(
    "SELECT uuid::text, id, slice_name AS name FROM slices UNION ALL SELECT uuid::text, id, table_name FROM tables UNION ALL SELECT uuid::text, id, dashboard_title FROM dashboards ORDER BY 1",
  );
}
