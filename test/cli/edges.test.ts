import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clientOf } from "../support/people";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

const PROMOTE = ["promote", "--yes", "--confirm", "PROMOTE"];
const CHART = "charts/best-sellers.yaml";

let qa: TestServer;
let production: TestServer;
let stacks: TwoStacks;
let folder: string;

beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  stacks = await createTwoStacks({ qa, production });
  folder = mkdtempSync(join(tmpdir(), "edges-"));
  expect(await stacks.project.up()).toMatchObject({ code: 0 });
});
afterAll(() => {
  stacks?.remove();
  rmSync(folder, { recursive: true, force: true });
});

const run = (...args: string[]) => stacks.project.command(args);

describe("a diff", () => {
  it("with a git revision tells what the files have since, in words, in numbers and for programs", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Most wanted");
    const diff = await run("diff", "HEAD", "assets");
    expect(diff).toMatchObject({ code: 7, stdout: expect.stringContaining("name Best sellers → Most wanted") });
    expect(diff.stdout).toContain("0 added, 0 removed, 1 changed, 17 the same");
    const stat = await run("diff", "HEAD", "assets", "--stat");
    expect(stat).toMatchObject({ code: 7, stdout: expect.stringMatching(/^charts +0 added, 0 removed, 1 changed$/m) });
    const json = await run("diff", "HEAD", "qa", "--json");
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, to: "stack qa", same: 18, differences: [] });
    stacks.git("checkout", "--quiet", "--", "assets");
  });

  it("with a ZIP that Superset's own UI exported tells only what people changed since", async () => {
    const [board] = await qa.query("SELECT id FROM dashboards WHERE slug = 'shop-overview'");
    const archive = join(folder, "dashboard_export.zip");
    writeFileSync(archive, await clientOf(qa).getBinary(`/api/v1/dashboard/export/?q=!(${board?.id})`));
    const { stdout } = await run("diff", archive, "qa", "--json");
    const { differences } = JSON.parse(stdout) as { differences: { verdict: string; kind: string }[] };
    // The other dashboard and what it alone uses are not in the ZIP.
    expect(new Set(differences.map(({ verdict }) => verdict))).toEqual(new Set(["added"]));
    expect(differences.filter(({ kind }) => kind === "dashboard")).toHaveLength(1);

    await qa.query("UPDATE slices SET slice_name = 'By hand' WHERE slice_name = 'Best sellers'");
    try {
      const changed = await run("diff", archive, "qa");
      expect(changed).toMatchObject({ code: 7, stdout: expect.stringContaining("name Best sellers → By hand") });
    } finally {
      await qa.query("UPDATE slices SET slice_name = 'Best sellers' WHERE slice_name = 'By hand'");
    }
  });
});

describe("git", () => {
  it("that is not installed, and a folder that is no repository, are told as what they are", async () => {
    const path = join(folder, "bin");
    mkdirSync(path);
    symlinkSync(process.execPath, join(path, "node"));
    const withoutGit = (...args: string[]) => stacks.project.command(args, { PATH: path });
    expect(await withoutGit(...PROMOTE)).toMatchObject({
      code: 3,
      output: expect.stringContaining("There is no `git` on the PATH: install it."),
    });
    const diff = await withoutGit("diff", "HEAD", "assets");
    expect(diff).toMatchObject({ code: 2, output: expect.stringContaining("There is no `git` on the PATH") });
    // What needs no git works without.
    expect(await withoutGit("history")).toMatchObject({ code: 0 });
    expect(await withoutGit("export", "--from", "qa")).toMatchObject({ code: 0 });
    expect(await withoutGit("rollback")).toMatchObject({
      code: 2,
      output: expect.stringContaining("[rollback/no-manifest]"),
    });

    const hidden = join(folder, "git");
    renameSync(join(stacks.project.folder, ".git"), hidden);
    try {
      expect(await run(...PROMOTE)).toMatchObject({
        code: 3,
        output: expect.stringContaining("This is no git repository. So nothing says later what was promoted."),
      });
    } finally {
      renameSync(hidden, join(stacks.project.folder, ".git"));
    }
  });

  it("with a detached head in a shallow clone, as CI services check out, is no obstacle; older commits are told to be missing", async () => {
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Most wanted");
    stacks.commit("One more");
    const whole = join(folder, "whole");
    const remote = stacks.git("remote", "get-url", "origin").trim();
    execFileSync("git", [
      "clone",
      "--quiet",
      "--depth",
      "1",
      "--branch",
      "main",
      `file://${remote}`,
      join(folder, "shallow"),
    ]);
    renameSync(join(stacks.project.folder, ".git"), whole);
    renameSync(join(folder, "shallow/.git"), join(stacks.project.folder, ".git"));
    try {
      stacks.git("checkout", "--quiet", "--detach");
      const diff = await run("diff", "HEAD~1", "assets");
      expect(diff).toMatchObject({ code: 2, output: expect.stringContaining("`git fetch --unshallow` brings") });
      expect(await run("diff", "HEAD", "assets")).toMatchObject({ code: 0 });
      const look = await run("promote", "--dry-run");
      expect(look, look.output).toMatchObject({ code: 7 });
    } finally {
      rmSync(join(stacks.project.folder, ".git"), { recursive: true });
      renameSync(whole, join(stacks.project.folder, ".git"));
    }
  });
});

describe("a deployment in which one asset fails", () => {
  const list = () => join(stacks.project.folder, "failed-assets.json");
  const readList = () => JSON.parse(readFileSync(list(), "utf8")) as { assets: { path: string; reason: string }[] };

  /** Makes the server refuse a chart of this name, and a dataset of this description, as a broken one would. */
  async function refuse(): Promise<void> {
    await qa.query(`
      CREATE OR REPLACE FUNCTION refuse() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$ LANGUAGE plpgsql;
      CREATE TRIGGER refuse BEFORE UPDATE ON slices FOR EACH ROW
        WHEN (NEW.slice_name = 'Refused') EXECUTE FUNCTION refuse();
      CREATE TRIGGER refuse BEFORE UPDATE ON tables FOR EACH ROW
        WHEN (NEW.description = 'Refused') EXECUTE FUNCTION refuse();`);
  }
  const accept = () => qa.query("DROP TRIGGER IF EXISTS refuse ON slices; DROP TRIGGER IF EXISTS refuse ON tables");

  it("writes the others, lists the failed one, which --retry-failed takes alone", async () => {
    await refuse();
    stacks.edit(CHART, /slice_name: .*/, "slice_name: Refused");
    stacks.edit("charts/when-customers-order.yaml", /slice_name: .*/, "slice_name: Accepted");
    const failed = await stacks.project.deploy();
    expect(failed).toMatchObject({ code: 1, output: expect.stringContaining("failed-assets.json lists them") });
    expect(readList().assets).toMatchObject([{ path: CHART, reason: "failed" }]);
    expect(await qa.query("SELECT 1 AS n FROM slices WHERE slice_name = 'Accepted'")).toEqual([{ n: 1 }]);

    await accept();
    stacks.edit("charts/when-customers-order.yaml", /slice_name: .*/, "slice_name: Later");
    const report = join(folder, "retry.md");
    const planned = await stacks.project.deploy(["--retry-failed", "--dry-run", "--report", report]);
    expect(planned, planned.output).toMatchObject({
      code: 0,
      output: expect.stringContaining("1 asset: 1 to update."),
    });
    expect(readFileSync(report, "utf8")).toContain("Refused");
    expect(readFileSync(report, "utf8")).not.toContain("Later");
    const retried = await stacks.project.deploy(["--retry-failed"]);
    expect(retried, retried.output).toMatchObject({ code: 0 });
    expect(await qa.query("SELECT slice_name FROM slices WHERE slice_name IN ('Refused', 'Later')")).toEqual([
      { slice_name: "Refused" },
    ]);
    expect(existsSync(list())).toBe(false);
    expect(await stacks.project.deploy(["--retry-failed"])).toMatchObject({
      code: 2,
      output: expect.stringContaining("[failed-assets/none]"),
    });
  });

  it("with --fail-fast ends there, and says what was not tried", async () => {
    await refuse();
    stacks.edit("datasets/Shop/sales.yaml", /^description: .*/m, "description: Refused");
    const failed = await stacks.project.deploy(["--fail-fast", "--parallel", "1"]);
    await accept();
    expect(failed.code).toBe(1);
    expect(readList().assets).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "datasets/Shop/sales.yaml", reason: "failed" }),
        expect.objectContaining({ path: "charts/when-customers-order.yaml", reason: "not tried" }),
      ]),
    );
    expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
    expect(await qa.query("SELECT 1 AS n FROM slices WHERE slice_name = 'Later'")).toEqual([{ n: 1 }]);
  });
});

describe("no assets at all", () => {
  it("are said to be none by validate and diff, and are no reason to empty another server or a folder", async () => {
    const empty = join(folder, "empty");
    mkdirSync(empty);
    expect(await run("validate", "--assets-dir", empty)).toMatchObject({
      code: 0,
      output: expect.stringContaining("0 files"),
    });
    expect(await run("diff", empty, "production")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("No difference: 0 assets."),
    });
    const first = await run("export", "--from", "production", "-o", join(folder, "first"));
    expect(first).toMatchObject({ code: 0, output: expect.stringContaining("0 new") });
    const asked = await run("export", "--from", "production");
    expect(asked).toMatchObject({ code: 3, output: expect.stringContaining("Remove 18 files") });

    const before = await readContent(qa);
    stacks.configure("qa", { strategy: "CREATE | UPDATE | DELETE" });
    const synced = await run("sync", "production", "qa", "--yes");
    expect(synced.code).toBe(3);
    expect(synced.output).toContain("[delete/everything]");
    const deployed = await stacks.project.deploy(["--assets-dir", empty]);
    expect(deployed).toMatchObject({ code: 3, output: expect.stringContaining("[delete/everything]") });
    expect(await readContent(qa)).toEqual(before);
  });
});
