import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { readMachine } from "../../provider/src/cli/stack-lock";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy";
import { filterRunning, listDescendants, type RunningProcess } from "../support/processes";
import { type CommandResult, collect, createProject, type PulumiProject } from "../support/pulumi-project";
import { countKinds, readContent } from "../support/server-content";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

const IMPORT = "POST /api/v1/assets/import/";
const UP = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "test"];

/** Where it kills is drawn from this seed; FAULT_SEED=… tries other moments. */
const SEED = Number(process.env.FAULT_SEED ?? 20_251);

/** A run with something to write sends at least so many requests from its first import on. */
const LAST = 6;

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

/** One stack goes through all of this: what a killed run leaves is where the next begins. */
beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 6 });
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

/** What a person does after a killed `pulumi up`. */
async function cancel(): Promise<void> {
  expect(await project.pulumi(["cancel", "--yes", "--stack", "test"])).toMatchObject({ code: 0 });
}

describe("a killed run", () => {
  it("leaves no program behind, which would report that to nobody, and fill the memory", async () => {
    const gate = proxy.hold("GET /api/v1/chart/");
    const run = project.start(UP);
    await vi.waitFor(() => expect(proxy.count("GET /api/v1/chart/")).toBe(1), { timeout: 60_000 });
    const left = listDescendants(run.pid ?? 0);
    expect(left.some(({ command }) => command.includes("cmd/run/"))).toBe(true);
    await kill(run);
    gate.release();
    await expectGone(left);
    await cancel();
  });

  it("is left alone while it lives, and sends nothing more afterwards, whatever the server answers to its last request", async () => {
    const gate = proxy.hold(IMPORT);
    const run = project.start(UP);
    await vi.waitFor(() => expect(proxy.count(IMPORT)).toBe(1), { timeout: 60_000 });

    const second = await project.deploy();
    expect(second.code).toBe(3);
    expect(second.output).toMatch(/Stack "test" is in use by \S+@\S+ \(process \d+, since .*\[stack\/locked\]/);
    expect(second.output).toContain("to do: Wait for it");
    const third = await project.up();
    expect(third).toMatchObject({ code: 1, output: expect.stringContaining("currently locked by 1 lock") });
    expect(proxy.count(IMPORT)).toBe(1);

    const left = listDescendants(run.pid ?? 0);
    expect(left.some(({ command }) => command.includes("dynamic-provider"))).toBe(true);
    await kill(run);
    const requests = proxy.requests.length;
    // A refusal makes a living process look for the guilty file, and send the others again.
    gate.release({
      fault: "answer",
      status: 500,
      body: '{"errors":[{"message":"Import failed for an unknown reason"}]}',
    });
    await expectGone(left);
    expect(proxy.requests).toHaveLength(requests);
    expect((await readContent(server)).assets).toEqual([]);
  });

  const random = createRandom(SEED);
  const victims = ["up", "group of up", "deploy", "group of deploy"].map((victim) => ({
    victim,
    moment: Math.floor(random() * LAST),
  }));

  it.each(victims)(
    `may be killed again: $victim, $moment requests after its first import (seed ${SEED})`,
    async ({ victim, moment }) => {
      await cancel();
      // However far the one before came, there are three waves to write.
      assets.edit("datasets/db/orders.yaml", /^table_name: .*$/m, `table_name: orders of ${victim}`);
      for (let chart = 1; chart <= assets.counts.chart; chart++)
        assets.edit(`charts/chart-${chart}.yaml`, /^slice_name: .*$/m, `slice_name: Chart ${chart} of ${victim}`);
      assets.edit("dashboards/board.yaml", /^dashboard_title: .*$/m, `dashboard_title: Board of ${victim}`);
      const isDeploy = victim.endsWith("deploy");
      const run = isDeploy ? project.startDeploy() : project.start(UP);
      const ended = collect(run);
      let left: RunningProcess[] = [];
      let last = Number.POSITIVE_INFINITY;
      proxy.rule(({ method, path }) => {
        if (last === Number.POSITIVE_INFINITY && `${method} ${path}`.startsWith(IMPORT))
          last = proxy.requests.length + moment;
        if (proxy.requests.length !== last) return undefined;
        left = listDescendants(run.pid ?? 0);
        process.kill(victim.startsWith("group") ? -(run.pid ?? 0) : findEngine(run), "SIGKILL");
        return undefined;
      });
      const killed = await ended;
      expect(killed.code).not.toBe(0);
      if (victim === "deploy") expect(killed.output).toContain("engine was ended by SIGKILL. Run this again");
      await expectGone(left);
    },
  );

  it("is finished by deploy, where it is known that it is dead; then everything is there once, and the stack knows it", async () => {
    // All machines of a CI service may have one name: there a missing process proves nothing.
    const elsewhere = await project.deploy([], { CI: "true" });
    expect(elsewhere).toMatchObject({ code: 3, output: expect.stringContaining("pulumi cancel --stack test") });
    const deploy = await deployOverLock();
    expect(deploy, deploy.output).toMatchObject({ code: 0 });

    const content = await readContent(server);
    expect(countKinds(content)).toEqual(assets.counts);
    expect(content.assets.filter((line) => line.includes("of group of deploy"))).toHaveLength(
      assets.counts.dataset + assets.counts.chart + assets.counts.dashboard,
    );
    expect(content.assets.at(-1)?.match(/[0-9a-f]{8}-/g)).toHaveLength(1 + assets.counts.chart);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});

/** Takes the lock over; where this machine is a container with a given name, a person has to say that it is dead. */
async function deployOverLock(): Promise<CommandResult> {
  const deploy = await project.deploy();
  if (!readMachine().isNameShared) {
    expect(deploy.output).toContain("is stale: that process is gone. Taking over.");
    return deploy;
  }
  expect(deploy).toMatchObject({ code: 3, output: expect.stringContaining("pulumi cancel --stack test") });
  expect(await project.pulumi(["cancel", "--yes", "--stack", "test"])).toMatchObject({ code: 0 });
  return project.deploy();
}

async function kill(run: ChildProcess): Promise<void> {
  const ended = once(run, "exit");
  run.kill("SIGKILL");
  await ended;
}

/** The engine of a run: the run itself, or what the deploy command started. */
function findEngine(run: ChildProcess): number {
  const pid = run.pid ?? 0;
  return listDescendants(pid).find(({ parent, command }) => parent === pid && /^pulumi up/.test(command))?.pid ?? pid;
}

/**
 * No process of a dead run that speaks to Superset may outlive it by more than moments. Pulumi's own helper for Node
 * programs speaks to the engine only, and looks for it every five minutes.
 */
async function expectGone(processes: readonly RunningProcess[]): Promise<void> {
  const speaking = processes.filter(({ command }) => !command.includes("pulumi-language-nodejs"));
  expect(speaking).not.toEqual([]);
  await vi.waitFor(() => expect(filterRunning(speaking)).toEqual([]), { timeout: 3_000, interval: 100 });
}

/** Numbers that look random and are the same for the same seed (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
