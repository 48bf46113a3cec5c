import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { makeWorkspace } from "../../provider/src/cli/showtime/workspace";
import { ROOT } from "./command-support";
import { HEAD, settings } from "./showtime-support";

const wanted = {
  ...{ settings: settings(), pullRequest: 7, commit: HEAD, requester: "ann", flags: { ALERTS: true } },
  ...{ timeToLive: "48h", size: "small", assets: false, generation: 3, round: 0, followsHead: true },
};

describe("the project of a pull request's stack", () => {
  it("has two packages alone: the engine looks for a plugin of every other", () => {
    const workspace = makeWorkspace("shop", 7);
    const modules = join(workspace.folder, "node_modules");
    expect(readdirSync(modules).sort()).toEqual(["@pulumi", "pulumi-superset"]);
    expect(readdirSync(join(modules, "@pulumi"))).toEqual(["pulumi"]);
    expect(realpathSync(join(modules, "pulumi-superset"))).toBe(realpathSync(join(ROOT, "provider")));
    expect(parse(readFileSync(join(workspace.folder, "Pulumi.yaml"), "utf8"))).toMatchObject({ name: "shop-showtime" });
    workspace.remove();
    expect(existsSync(workspace.folder)).toBe(false);
  });

  it("declares one environment, or none", () => {
    const workspace = makeWorkspace("shop", 7);
    const config = () => parse(readFileSync(join(workspace.folder, "Pulumi.pr-7.yaml"), "utf8")).config;
    workspace.declare(wanted);
    expect(JSON.parse(config()["showtime:environment"])).toEqual(wanted);
    workspace.declare(undefined);
    expect(config()).toEqual({});
    workspace.remove();
  });

  it("loads neither what assets need nor all of Pulumi: each run of the engine would wait for it", () => {
    const workspace = makeWorkspace("shop", 7);
    const program = JSON.stringify(join(workspace.folder, "index.js"));
    const code = `require(${program}); console.log(Object.keys(require.cache).join("\\n"))`;
    const loaded = execFileSync(process.execPath, ["-e", code], { encoding: "utf8" });
    workspace.remove();
    expect(loaded).toContain("environment-program.js");
    expect(loaded).not.toMatch(/@pulumi[\\/]pulumi[\\/]index\.js|dist[\\/](index|assets|plan|superset)\b/);
  });
});
