import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { archiveFolder, pickUncommitted, readTreeState } from "../../provider/src/cli/git";
import { judgeTree } from "../../provider/src/cli/promote";
import { readSide } from "../../provider/src/cli/sides";
import { CHART } from "./assets-support";

/** A repository whose project is in a folder of its own, with its assets beside it. */
let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), "repository-")));
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ann");
  git("config", "user.email", "ann@example.com");
  write("bi/Pulumi.yaml", "name: bi\nruntime: nodejs\n");
  write("assets/charts/a.yaml", "a: 1\n");
  write("assets/charts/b.yaml", "b: 1\n");
  git("add", "--all");
  git("commit", "--quiet", "--message", "First");
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const git = (...args: string[]) => execFileSync("git", ["-C", root, ...args], { encoding: "utf8" }).trim();
const at = (path: string) => join(root, path);

function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
}

describe("the files that git does not have as they are", () => {
  it("are those that were changed, are new, or are ignored", async () => {
    write(".gitignore", "ignored.yaml\n");
    write("assets/charts/a.yaml", "a: 2\n");
    write("assets/charts/new.yaml", "n: 1\n");
    write("assets/charts/ignored.yaml", "i: 1\n");
    git("config", "status.showUntrackedFiles", "no");
    const files = ["a", "b", "new", "ignored"].map((name) => at(`assets/charts/${name}.yaml`));
    const [a, , added, ignored] = files;
    expect(await pickUncommitted(at("assets"), files)).toEqual([a, added, ignored]);
  });

  it("are found through a link to the folder, and through links in it", async () => {
    write("assets/charts/a.yaml", "a: 2\n");
    const link = mkdtempSync(join(tmpdir(), "link-"));
    symlinkSync(root, join(link, "repository"));
    symlinkSync(at("assets/charts/a.yaml"), at("assets/linked.yaml"));
    const folder = join(link, "repository/assets");
    const files = [join(folder, "charts/a.yaml"), join(folder, "linked.yaml")];
    expect(await pickUncommitted(folder, [...files, join(folder, "charts/b.yaml")])).toEqual(files);
    rmSync(link, { recursive: true });
  });

  it("are all of them where there is no repository", async () => {
    rmSync(at(".git"), { recursive: true });
    const files = [at("assets/charts/a.yaml")];
    expect(await pickUncommitted(at("assets"), files)).toEqual(files);
  });
});

describe("the working tree of a promotion", () => {
  const read = (assets = at("assets")) =>
    readTreeState({ folder: at("bi"), assets, ignored: ["promotions", "failed-assets.json"] });

  it("has what is changed and new in the project and in assets beside it, whatever git is set to show", async () => {
    git("config", "status.showUntrackedFiles", "no");
    expect(await read()).toMatchObject({ commit: git("rev-parse", "HEAD"), branch: "main", uncommitted: [] });
    write("bi/Pulumi.yaml", "name: other\nruntime: nodejs\n");
    write("bi/promotions/production/a.json", "{}");
    write("assets/charts/a.yaml", "a: 2\n");
    write("assets/charts/new.yaml", "n: 1\n");
    write("elsewhere.md", "Not of this project.\n");
    const uncommitted = ["bi/Pulumi.yaml", "assets/charts/a.yaml", "assets/charts/new.yaml"];
    expect(await read()).toMatchObject({ uncommitted, isPartly: false });
  });

  it("leaves out what promotions write, also where the folder of the assets is around the project", async () => {
    write("bi/promotions/production/a.json", "{}");
    write("bi/failed-assets.json", "{}");
    expect(await read(root)).toMatchObject({ uncommitted: [], isPartly: false });
  });

  it("is pushed where a CI service checked it out: with a detached head in a shallow clone", async () => {
    expect(await read()).toMatchObject({ isPushed: false });
    const clone = mkdtempSync(join(tmpdir(), "shallow-"));
    write("bi/Pulumi.yaml", "name: second\nruntime: nodejs\n");
    git("commit", "--quiet", "--all", "--message", "Second");
    git("clone", "--quiet", "--depth=1", `file://${root}`, clone);
    execFileSync("git", ["-C", clone, "checkout", "--quiet", "--detach"]);
    const tree = await readTreeState({ folder: join(clone, "bi"), assets: join(clone, "assets"), ignored: [] });
    expect(tree).toMatchObject({ commit: git("rev-parse", "HEAD"), uncommitted: [], isPushed: true });
    expect(judgeTree(tree, undefined)).toEqual([]);
    rmSync(clone, { recursive: true });
  });

  it("is told as known in part where the assets are in no repository", async () => {
    const outside = mkdtempSync(join(tmpdir(), "outside-"));
    const tree = await read(outside);
    expect(tree).toMatchObject({ uncommitted: [], isPartly: true });
    expect(judgeTree(tree, undefined).join("\n")).toContain("The asset files are in no repository");
    rmSync(outside, { recursive: true });
  });
});

describe("the assets of a git revision", () => {
  const read = async () => (await readSide("HEAD~1", at("bi"))).definitions.map(({ path, title }) => [path, title]);

  /** Commits a chart, and then another version of it. */
  function commitChart(folder: string): void {
    for (const title of ["Before", "After"]) {
      write(`${folder}/charts/orders.yaml`, CHART.replace("Orders", title));
      git("add", "--all");
      git("commit", "--quiet", "--message", title);
    }
  }

  it("are those of the commit where the project is in a folder of the repository", async () => {
    commitChart("bi/assets");
    expect(await read()).toEqual([["charts/orders.yaml", "Before"]]);
  });

  it("are those of the commit where the files are beside the project", async () => {
    write("bi/Pulumi.qa.yaml", "config:\n  superset:assets: ../shop\n");
    commitChart("shop");
    expect(await read()).toEqual([["charts/orders.yaml", "Before"]]);
  });

  it("are none where the folder is younger than the commit, and asked for where no commit can have it", async () => {
    commitChart("bi/other");
    expect(await read()).toEqual([]);
    await expect(archiveFolder(at("bi"), "HEAD", "../../outside")).rejects.toMatchObject({ code: "git/outside" });
  });

  it("are not said to be none where git cannot read them", async () => {
    commitChart("bi/assets");
    const lost = git("rev-parse", "HEAD~1:bi/assets/charts/orders.yaml");
    rmSync(at(`.git/objects/${lost.slice(0, 2)}/${lost.slice(2)}`), { force: true });
    await expect(read()).rejects.toMatchObject({ code: "git/failed", why: expect.stringContaining(lost) });
  });
});
