import { execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { logIn, openDashboard, startBrowser } from "../support/browser";
import { linkPackages } from "../support/link-packages";
import { type CommandResult, collect, ROOT } from "../support/pulumi-project";

describe("npm run quickstart on a clone", () => {
  let clone: string;
  let first: CommandResult;

  beforeAll(async () => {
    clone = cloneWorkTree();
    first = await quickstart();
  });
  afterAll(async () => {
    await quickstart("--clean");
    rmSync(clone, { recursive: true, force: true });
  });

  const script = (name: string, ...options: string[]) =>
    collect(
      spawn(process.execPath, [`scripts/${name}.mjs`, ...options], {
        cwd: clone,
        env: environment(),
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
  const quickstart = (...options: string[]) => script("quickstart", ...options);

  it("ends with the address of a dashboard that shows data", async () => {
    expect(first.code, first.output).toBe(0);
    expect(first.output).toMatch(/Done: 18 assets created/);
    const address = /http:\/\/\S+\/superset\/dashboard\/\S+/.exec(first.output)?.[0] ?? "";
    const url = new URL(address).origin;
    const browser = await startBrowser();
    try {
      const page = await browser.newPage({ viewport: { width: 1500, height: 1400 } });
      await logIn(page, { url, username: "admin", password: "admin" });
      const seen = await openDashboard(page, `${url}/superset/dashboard/shop-overview/`);
      expect(seen).toEqual({ charts: 5, complaints: [] });
    } finally {
      await browser.close();
    }
  });

  it("changes nothing the second time", async () => {
    const second = await quickstart();
    expect(second.code, second.output).toBe(0);
    expect(second.output).toMatch(/Done: nothing had to change/);
    expect(second.output).not.toMatch(/created|updated/);
  });

  it("takes the commands of Pulumi and of pulumi-superset for its stack", async () => {
    const ids = await script("local", "ids", "--json");
    expect(ids.code, ids.output).toBe(0);
    expect(JSON.parse(ids.stdout)).toHaveLength(18);
    const drifted = await script("local", "pull", "--drifted", "--dry-run", "assets/charts");
    expect(drifted.code, drifted.output).toBe(0);
    const preview = await script("local", "deploy", "--strategy", "CREATE", "--dry-run", "--", "--expect-no-changes");
    expect(preview.code, preview.output).toBe(0);
    expect((await script("local", "stack", "--show-name")).stdout.trim()).toBe("local");
  });

  it("leaves the work tree as it was", () => {
    expect(execFileSync("git", ["status", "--porcelain"], { cwd: clone, encoding: "utf8" })).toBe("");
  });
});

/** The files that git tracks or would track, as a repository of their own. */
function cloneWorkTree(): string {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-clone-"));
  const list = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  const deleted = new Set(
    execFileSync("git", ["ls-files", "-z", "--deleted"], { cwd: ROOT, encoding: "utf8" }).split("\0"),
  );
  for (const file of list.split("\0").filter((name) => name !== "" && !deleted.has(name))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    cpSync(join(ROOT, file), join(folder, file));
  }
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=test", "-c", "user.email=test@example.com", ...args], { cwd: folder });
  git("init", "--quiet");
  git("add", "--all");
  git("commit", "--quiet", "--message", "clone");
  linkPackages(folder);
  return folder;
}

/** What a person's shell has, without what the test runner adds. */
function environment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^(VITEST|NODE_ENV|NODE_OPTIONS|npm_|PULUMI_)/.test(key)),
  );
}
