import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ProblemError } from "../../provider/src/core/errors";
import { createSupersetClient } from "../../provider/src/superset/client";
import { importEntries } from "../../provider/src/superset/importer";
import { loadInventory } from "../../provider/src/superset/inventory";
import { changePassword } from "../support/change-password";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { type CommandResult, createProject, PASSWORD_VARIABLE, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent, type ServerContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const IMPORT = "POST /api/v1/assets/import/";
const CHARTS = "GET /api/v1/chart/";
const LOGIN_PAGE = "<!doctype html><html><head><title>Sign in - Superset</title></head><body>Sign in</body></html>";
const BROKEN_PAGE = "<!doctype html><html><head><title>Internal Server Error</title></head><body>Sorry</body></html>";
const ADDRESS = "http://elsewhere.example/login/?next=secret-place";

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets();
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path });
});
beforeEach(() => {
  proxy.clearRules();
  proxy.resetRequests();
});
afterAll(async () => {
  project?.remove();
  assets?.dispose();
  await proxy?.close();
});

/** The error is there, says what to do, and tells no secret. */
function expectText(text: string, ...parts: (string | RegExp)[]): void {
  for (const part of [...parts, "to do: "]) {
    if (typeof part === "string") expect(text).toContain(part);
    else expect(text).toMatch(part);
  }
  expect(text).not.toMatch(/TypeError|at async|\[bug\]|eyJ[\w-]+\./);
}

/** It fails the command, too. */
function expectError(result: CommandResult, ...parts: (string | RegExp)[]): void {
  expectText(result.output, ...parts);
  expect(result.code).not.toBe(0);
}

/** What the engine's processes ask with, in this one: its errors are the ones that they show. */
const openClient = () => {
  const { username, password } = server;
  return createSupersetClient({ url: proxy.url, auth: { provider: "db", username, password } });
};

async function textOf(work: Promise<unknown>): Promise<string> {
  const problem = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(problem instanceof ProblemError)) throw new Error("It did not fail as people read it.", { cause: problem });
  return problem.message;
}

const stateOf = (its: PulumiProject) => its.resources().map(({ urn, outputs }) => `${urn} ${outputs.checksum}`);

describe("nothing is written, and the error says what to do, when", () => {
  let before: ServerContent;

  beforeAll(async () => {
    before = await readContent(server);
  });

  const expectNothingDone = async () => {
    expect(proxy.count(IMPORT)).toBe(0);
    expect(await readContent(server)).toEqual(before);
    expect(stateOf(project)).toEqual([]);
  };

  it("the password is wrong", async () => {
    const wrong = "wrong-password-canary";
    const up = await project.pulumi(["up", "--yes", "--skip-preview", "--stack", project.stack], {
      env: { [PASSWORD_VARIABLE]: wrong },
    });
    expectError(up, "does not accept the password", "[auth/wrong-password]", `stack ${project.stack}`);
    expect(up.output).not.toContain(wrong);
    await expectNothingDone();
  });

  it("the server is down", async () => {
    await proxy.goDown();
    try {
      expectError(await project.deploy(), "the connection was refused", proxy.url);
    } finally {
      await proxy.comeBack();
    }
    await expectNothingDone();
  });

  it.each<[string, () => void, (string | RegExp)[]]>([
    [
      "a login page answers",
      () => proxy.answerWith(CHARTS, 200, LOGIN_PAGE),
      ["HTML page", "Sign in - Superset", "superset:headers"],
    ],
    [
      "every address leads to a login page",
      () => proxy.answerWith("GET ", 302, "", { headers: { location: ADDRESS } }),
      ["login page", "elsewhere.example/login/"],
    ],
    [
      "a page tells of a broken server",
      () => proxy.answerWith(CHARTS, 500, BROKEN_PAGE),
      ["failed on the server", "Internal Server Error"],
    ],
    ["an answer has no end", () => proxy.hugeBody(CHARTS, 100 * 1024 * 1024), ["more than this program reads"]],
  ])("%s", async (_, fault, texts) => {
    fault();
    expectText(await textOf(loadInventory(openClient())), ...texts);
  });

  it("any of that comes while the plan is made", async () => {
    proxy.answerWith(CHARTS, 200, LOGIN_PAGE);
    expectError(await project.up(), "HTML page", "Sign in - Superset", "superset:headers");
    await expectNothingDone();
  });
});

describe("a write", () => {
  it.each<[string, () => void, string]>([
    ["a redirect to one", () => proxy.answerWith(IMPORT, 302, "", { headers: { location: ADDRESS } }), "login page"],
    ["a login page", () => proxy.answerWith(IMPORT, 200, LOGIN_PAGE), "HTML page"],
    ["a broken server", () => proxy.answerWith(IMPORT, 500, BROKEN_PAGE), "Internal Server Error"],
  ])("that is answered by %s is no success", async (_, fault, text) => {
    fault();
    const [outcome] = await importEntries(openClient(), [createSamples().database()]);
    expectText(outcome !== undefined && "error" in outcome ? outcome.error.message : "It succeeded.", text);
    expect(proxy.count(IMPORT)).toBeGreaterThan(0);
    expect((await readContent(server)).assets).toEqual([]);
  });

  it("that is answered by a page leaves nothing in the state", async () => {
    proxy.answerWith(IMPORT, 200, LOGIN_PAGE);
    expectError(await project.up(), "HTML page", "databases/db.yaml");
    expect((await readContent(server)).assets).toEqual([]);
    expect(stateOf(project)).toEqual([]);
  });

  it("stops with the server in the middle of up; the next up does the rest", async () => {
    let imports = 0;
    proxy.rule((request) => {
      // The database is in; its dataset finds nobody, and neither does anything after it.
      if (request.path.includes("/assets/import/")) imports += 1;
      return imports >= 2 ? { fault: "refuse" } : undefined;
    });
    expectError(await project.deploy(), "datasets/db/orders.yaml", "Not done (4)");
    expect(countKinds(await readContent(server))).toEqual({ database: 1, dataset: 0, chart: 0, dashboard: 0 });

    proxy.clearRules();
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(countKinds(await readContent(server))).toEqual(assets.counts);
  });

  it("whose answer is lost is found on the server and not sent again; one that never arrived is, although its dataset was renamed before it, which looks like a change", async () => {
    assets.edit("datasets/db/orders.yaml", /^table_name: .*$/m, "table_name: renamed");
    assets.edit("charts/chart-3.yaml", "Chart 3", "Third chart");
    let imports = 0;
    proxy.rule(({ path }) => {
      if (!path.includes("/assets/import/")) return undefined;
      imports += 1;
      if (imports === 1) return { fault: "cut-after-response" };
      return imports === 2 ? { fault: "refuse" } : undefined;
    });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await server.query("SELECT table_name FROM tables")).toEqual([{ table_name: "renamed" }]);
    expect(await server.query("SELECT slice_name FROM slices ORDER BY 1")).toContainEqual({
      slice_name: "Third chart",
    });
    // The dataset's, and the chart's two.
    expect(imports).toBe(3);
  });
});

describe("between two runs", () => {
  it("the password may be rotated and the address may change, also after a write whose answer was lost with the server", async () => {
    assets.edit("charts/chart-2.yaml", "Chart 2", "Second chart");
    let isCut = false;
    proxy.rule(({ path }) => {
      if (isCut) return { fault: "refuse" };
      isCut = path.includes("/assets/import/");
      return isCut ? { fault: "cut-after-response" } : undefined;
    });
    expectError(await project.up(), "unknown outcome", "charts/chart-2.yaml");
    proxy.clearRules();
    const before = await readContent(server);
    expect(before.assets.filter((line) => line.includes("Second chart"))).toHaveLength(1);

    const moved = await startFaultProxy(server.url);
    let restore: (() => Promise<void>) | undefined;
    try {
      const rotated = "rotated-password";
      restore = await changePassword(server, rotated);
      project.configure({ url: moved.url });
      const env = { [PASSWORD_VARIABLE]: rotated };
      const flags = ["--yes", "--skip-preview", "--stack", project.stack, "--non-interactive"];
      proxy.resetRequests();
      expect(await project.pulumi(["up", ...flags], { env })).toMatchObject({ code: 0 });
      expect(await project.pulumi(["refresh", "--run-program", ...flags], { env })).toMatchObject({ code: 0 });
      expect(proxy.requests).toEqual([]);
      // The same objects: nothing is there twice, and nobody's bookmarks broke.
      const ids = (content: ServerContent) => content.versions.map((line) => line.split(" ").slice(0, 3));
      const after = await readContent(server);
      expect(after.assets).toEqual(before.assets);
      expect(ids(after)).toEqual(ids(before));
    } finally {
      await restore?.();
      await moved.close();
    }
  });
});
