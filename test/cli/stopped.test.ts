import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { readAssets } from "../../provider/src/assets/read-folder";
import { renderForImport } from "../../provider/src/assets/render";
import { type Manifest, manifestSchema } from "../../provider/src/cli/manifest";
import type { ImportEntry } from "../../provider/src/superset/importer";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { clientOf } from "../support/people";
import { TEMPORARY } from "../support/pulumi-project";
import { putEntries } from "../support/put-entries";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { CTRL_C } from "../support/terminal";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

const IMPORT = "POST /api/v1/assets/import/";
const EXPORT = "GET /api/v1/assets/export/";
const NOTHING = "Stopped; nothing was written.";
/** What Pulumi says when it has understood Ctrl-C. */
const CANCELLING = "received; cancelling";

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
});
beforeEach(() => {
  for (const proxy of Object.values(proxies)) {
    proxy.clearRules();
    proxy.resetRequests();
  }
});
afterAll(async () => {
  stacks?.remove();
  await proxies?.qa.close();
  await proxies?.production.close();
});

interface Stop {
  readonly args: readonly string[];
  readonly proxy: FaultProxy;
  /** The request in whose middle the person presses Ctrl-C. */
  readonly at: string;
  /** Whether it is the engine that waits for the request: it ends what it has begun; everything else ends at once. */
  readonly isOfEngine?: boolean;
}

/** Runs a command at a terminal, where somebody presses Ctrl-C while the server works on a request. */
async function stopAt({
  args,
  proxy,
  at,
  isOfEngine = at === IMPORT,
}: Stop): Promise<{ code: number; output: string }> {
  proxy.resetRequests();
  const gate = proxy.hold(at);
  const terminal = await stacks.project.commandAtTerminal([...args]);
  const arrival = expect.poll(() => proxy.count(at), { timeout: 120_000 }).toBeGreaterThan(0);
  const early = terminal.end().then(({ output }) => `The command ended before ${at}:\n${output}`);
  expect(await Promise.race([arrival.then(() => "arrived"), early])).toBe("arrived");
  terminal.type(CTRL_C);
  if (isOfEngine) await terminal.waitFor(CANCELLING);
  else await terminal.end();
  gate.release();
  const ended = await terminal.end();
  proxy.clearRules();
  return ended;
}

const run = (...args: string[]) => stacks.project.command(args);

function readManifests(): Manifest[] {
  const folder = join(stacks.project.folder, "promotions/production");
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return names.map((name) => manifestSchema.parse(JSON.parse(readFileSync(join(folder, name), "utf8"))));
}

/** Nothing of a command that is over is left where temporary files are, and no stack is locked. */
function expectNoTraces(): void {
  const temporary = readdirSync(join(stacks.project.folder, TEMPORARY));
  expect(temporary.filter((name) => name.startsWith("pulumi-superset-"))).toEqual([]);
  const locks = join(stacks.project.folder, "state/.pulumi/locks");
  const held = existsSync(locks) ? readdirSync(locks, { recursive: true }).map(String) : [];
  expect(held.filter((name) => name.endsWith(".json"))).toEqual([]);
}

/** Puts the sample onto a server as somebody else would, each description another than in its file. */
async function putOlderVersion(server: TestServer): Promise<void> {
  const { definitions } = await readAssets(stacks.assets);
  const entries = definitions.map(({ kind, uuid, title, path, document }): ImportEntry => {
    const rendered = renderForImport({ kind, document }, { managed: false });
    const older =
      kind === "database" ? { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` } : { description: "Of before" };
    return { kind, uuid, title, path, document: { ...rendered, ...older } };
  });
  await putEntries(clientOf(server), entries);
}

/** How many charts of production are locked, and how many are not. */
function readLocks(): Promise<Record<string, unknown>[]> {
  return production.query("SELECT is_managed_externally AS locked, count(*)::int AS charts FROM slices GROUP BY 1");
}

const PROMOTE = ["promote", "--yes", "--confirm", "PROMOTE"];
const ROLLBACK = ["rollback", "--yes", "--confirm", "ROLLBACK"];

describe("Ctrl-C", () => {
  it("in deploy: what is begun is finished, the rest is named, the lock is given back; again it does the rest", async () => {
    const stopped = await stopAt({ args: ["deploy", "--stack", "qa"], proxy: proxies.qa, at: IMPORT });
    expect(stopped.code).toBe(130);
    expect(stopped.output).toMatch(/Not done \(\d+\), because this was cancelled/);
    expect(stopped.output).toContain("Run this again: it does only what is missing.");
    expectNoTraces();
    const again = await run("deploy", "--stack", "qa");
    expect(again).toMatchObject({ code: 0, output: expect.not.stringContaining("Taking over") });
    expect(existsSync(join(stacks.project.folder, "failed-assets.json"))).toBe(false);
  });

  it("in export: the folder is as it was, while the server is read and at the question", async () => {
    const folder = join(stacks.project.folder, "exported");
    const reading = { args: ["export", "--from", "qa", "-o", folder], proxy: proxies.qa, at: EXPORT };
    expect(await stopAt(reading)).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(existsSync(folder)).toBe(false);

    const gone = join(stacks.assets, "charts/gone.yaml");
    const text = readFileSync(join(stacks.assets, "charts/best-sellers.yaml"), "utf8");
    writeFileSync(gone, text.replace(/uuid: .*/, "uuid: 0c0ffee0-1111-4222-8333-444455556666"));
    const terminal = await stacks.project.commandAtTerminal(["export", "--from", "qa"]);
    await terminal.waitFor("Remove 1 file");
    terminal.type(CTRL_C);
    expect(await terminal.end()).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(stacks.git("status", "--porcelain", "--", "assets")).toBe("?? assets/charts/gone.yaml\n");
    expectNoTraces();
    rmSync(gone);
  });

  it("in sync: while the source is read nothing is written, and no copy of it is left", async () => {
    const args = ["sync", "qa", "production", "--confirm", "SYNC TO PRODUCTION"];
    const stopped = await stopAt({ args, proxy: proxies.qa, at: EXPORT });
    expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(proxies.production.writes()).toBe(0);
    expectNoTraces();
  });

  describe("between two versions of production", () => {
    let before: Awaited<ReturnType<typeof readContent>>;
    beforeAll(async () => {
      await putOlderVersion(production);
      before = await readContent(production);
    });

    it("in promote: nothing before the plan is agreed to; in its middle the manifest says so", async () => {
      const planning = await stopAt({ args: PROMOTE, proxy: proxies.qa, at: EXPORT });
      expect(planning).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
      expect(readManifests()).toEqual([]);

      const stopped = await stopAt({ args: PROMOTE, proxy: proxies.production, at: IMPORT });
      expect(stopped.code).toBe(130);
      expect(stopped.output).toContain("the same command again does the rest");
      expect(readManifests()).toMatchObject([{ status: "failed" }]);
      expectNoTraces();
      // What was begun is finished, and nothing else was begun.
      const older = (table: string) => `(SELECT bool_and(description = 'Of before') FROM ${table})`;
      expect(await production.query(`SELECT ${older("tables")} AS tables, ${older("slices")} AS slices`)).toEqual([
        { tables: false, slices: true },
      ]);
    });

    it("in rollback of such a promotion: again it is finished", async () => {
      const stopped = await stopAt({ args: ROLLBACK, proxy: proxies.production, at: IMPORT });
      expect(stopped.code).toBe(130);
      expectNoTraces();
      const again = await run(...ROLLBACK);
      expect(again.code, again.output).toBe(0);
      expect((await readContent(production)).assets).toEqual(before.assets);
    });
  });

  it("in unlock and lock: nothing at the question; in the middle it says what may be; again it does the rest", async () => {
    const unlock = ["unlock", "--target", "production", "--confirm", "UNLOCK"];
    const reading = await stopAt({ args: unlock, proxy: proxies.production, at: "GET /api/v1/chart/" });
    expect(reading).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(proxies.production.writes()).toBe(0);

    const stopped = await stopAt({ args: unlock, proxy: proxies.production, at: "PUT /api/v1/" });
    expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining("may be unlocked") });
    expect(stopped.output).not.toContain(NOTHING);
    expect(await run(...unlock)).toMatchObject({ code: 0 });
    expect(await readLocks()).toEqual([{ locked: false, charts: 10 }]);
    const lock = ["lock", "--target", "production", "--yes"];
    const locking = await stopAt({ args: lock, proxy: proxies.production, at: "PUT /api/v1/" });
    expect(locking).toMatchObject({ code: 130, output: expect.stringContaining("may be locked") });
    expect(await run(...lock)).toMatchObject({ code: 0 });
    expect(await readLocks()).toEqual([{ locked: true, charts: 10 }]);
    expectNoTraces();
  });

  it("in pull: the files are as they were at the question", async () => {
    await qa.query(
      "UPDATE slices SET slice_name = 'By hand', changed_on = now() WHERE slice_name = 'When customers order'",
    );
    const terminal = await stacks.project.commandAtTerminal(["pull", "--drifted", "--stack", "qa"]);
    await terminal.waitFor("Write 1 file?");
    terminal.type(CTRL_C);
    expect(await terminal.end()).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(stacks.git("status", "--porcelain", "--", "assets")).toBe("");
    expectNoTraces();
  });

  it("in drift: there is no report", async () => {
    const report = join(stacks.project.folder, "drift.md");
    const args = ["drift", "--stack", "production", "--report", report];
    const stopped = await stopAt({ args, proxy: proxies.production, at: "GET /api/v1/", isOfEngine: true });
    expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining(NOTHING) });
    expect(existsSync(report)).toBe(false);
    expectNoTraces();
  });

  it("in validate --fix: the files that were fixed are not denied", async () => {
    const file = join(stacks.assets, "charts/best-sellers.yaml");
    writeFileSync(file, `id: 7\n${readFileSync(file, "utf8")}`);
    const args = ["validate", "--fix", "--target", "qa"];
    const stopped = await stopAt({ args, proxy: proxies.qa, at: "GET /api/v1/" });
    expect(stopped).toMatchObject({ code: 130, output: expect.stringContaining("may be fixed") });
    expect(stopped.output).not.toContain(NOTHING);
    expect(stacks.git("status", "--porcelain", "--", "assets")).toBe("");
  });
});
