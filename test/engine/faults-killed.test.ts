import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
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

/** Requests of a first deployment: the first ones come from the program, which reads only. */
const FIRST_OF_HOOKS = 8;
const LAST = 20;

let server: TestServer;
let proxy: FaultProxy;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  proxy = await startFaultProxy(server.url);
  assets = writeSmallAssets({ charts: 6 });
});
beforeEach(async () => {
  await server.empty();
  proxy.clearRules();
  proxy.resetRequests();
  project = await createProject({ server: { ...server, url: proxy.url }, assets: assets.path });
});
afterEach(() => project?.remove());
afterAll(async () => {
  assets?.dispose();
  await proxy?.close();
});

/** Everything is there once, and the stack knows it. */
async function expectConverged(): Promise<void> {
  const content = await readContent(server);
  expect(countKinds(content)).toEqual(assets.counts);
  expect(content.assets.at(-1)?.match(/[0-9a-f]{8}-/g)).toHaveLength(1 + assets.counts.chart);
  expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
}

it("a stack that is in use is left alone", async () => {
  const gate = proxy.hold(IMPORT);
  const first = collect(project.start(UP));
  await vi.waitFor(() => expect(proxy.count(IMPORT)).toBe(1), { timeout: 60_000 });

  const second = await project.deploy();
  expect(second.code).toBe(3);
  expect(second.output).toMatch(/Stack "test" is in use by \S+@\S+ \(process \d+, since .*\[stack\/locked\]/);
  expect(second.output).toContain("to do: Wait for it");
  expect(await project.up()).toMatchObject({ code: 1, output: expect.stringContaining("currently locked by 1 lock") });
  expect(proxy.count(IMPORT)).toBe(1);

  gate.release();
  expect(await first).toMatchObject({ code: 0 });
  await expectConverged();
});

describe("a killed run", () => {
  it("sends nothing more, whatever the server answers to its last request", async () => {
    const gate = proxy.hold(IMPORT);
    const run = project.start(UP);
    await vi.waitFor(() => expect(proxy.count(IMPORT)).toBe(1), { timeout: 60_000 });
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

  it("leaves no program behind, which would report that to nobody, and fill the memory", async () => {
    const gate = proxy.hold("GET /api/v1/chart/");
    const run = project.start(UP);
    await vi.waitFor(() => expect(proxy.count("GET /api/v1/chart/")).toBe(1), { timeout: 60_000 });
    const left = listDescendants(run.pid ?? 0);
    expect(left.some(({ command }) => command.includes("cmd/run/"))).toBe(true);
    await kill(run);
    gate.release();
    await expectGone(left);
  });

  const random = createRandom(SEED);
  const moments = ["up", "group of up", "deploy", "group of deploy"].map((victim) => ({
    victim,
    moment: FIRST_OF_HOOKS + Math.floor(random() * (LAST - FIRST_OF_HOOKS + 1)),
  }));

  it.each(moments)(
    `is finished by deploy: $victim, killed at request $moment (seed ${SEED})`,
    async ({ victim, moment }) => {
      const isDeploy = victim.endsWith("deploy");
      const run = isDeploy ? project.startDeploy() : project.start(UP);
      const ended = collect(run);
      let left: RunningProcess[] = [];
      proxy.rule(() => {
        if (proxy.requests.length !== moment) return undefined;
        left = listDescendants(run.pid ?? 0);
        process.kill(victim.startsWith("group") ? -(run.pid ?? 0) : findEngine(run), "SIGKILL");
        return undefined;
      });
      const killed = await ended;
      expect(killed.code).not.toBe(0);
      if (victim === "deploy") expect(killed.output).toContain("engine was ended by SIGKILL. Run this again");
      await expectGone(left);
      proxy.clearRules();

      if (victim === "up") {
        // All machines of a CI service may have one name: there a missing process proves nothing.
        const elsewhere = await project.deploy([], { CI: "true" });
        expect(elsewhere).toMatchObject({ code: 3, output: expect.stringContaining("pulumi cancel --stack test") });
      }
      const deploy = await deployOverLock();
      expect(deploy, deploy.output).toMatchObject({ code: 0 });
      await expectConverged();
    },
  );
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
