import { describe, expect, it } from "vitest";
import { makeEnvironmentHooks } from "../../provider/src/hooks/environment-hooks";
import { ENVIRONMENT_KIND } from "../../provider/src/hooks/environment-state";
import type { EnvironmentArguments } from "../../provider/src/showtime/environment";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { commitOf } from "../support/commits";
import { environmentArguments } from "./environment-support";

const hooks = makeEnvironmentHooks(() => Promise.reject(new Error("check and diff ask nobody")));

const inputs = (more: Partial<EnvironmentArguments> = {}, settings: Partial<ShowtimeSettings> = {}) => ({
  kind: ENVIRONMENT_KIND,
  ...environmentArguments(more, settings),
});

const MADE = {
  url: "http://127.77.0.1:8080",
  ip: "127.77.0.1",
  service: "pr-7-abc1234",
  serviceArn: "arn:aws:ecs:x:1:service/circus/pr-7-abc1234",
  taskDefinition: "arn:aws:ecs:x:1:task-definition/circus-pr-7:1",
  created: "2026-01-01T00:00:00.000Z",
  expires: "close",
  status: "running",
};

/** What check and diff make of a declaration where this one was applied. */
async function compare(news: ReturnType<typeof inputs>, olds: Record<string, unknown> = inputs()) {
  const checked = await hooks.check(olds, news);
  const diff = await hooks.diff("pr-7-abc1234", { ...olds, ...MADE }, checked.inputs ?? {});
  return { action: checked.inputs?.action, generation: checked.inputs?.generation, ...diff };
}

describe("what a change of a declaration does", () => {
  it.each([
    ["another commit", inputs({ commit: commitOf("def4567") }), "commit abc1234 -> def4567"],
    ["another pull request", inputs({ pullRequest: 8 }), "pull request"],
    ["another region", inputs({}, { region: "us-west-2" }), "region"],
    ["another cluster", inputs({}, { cluster: "other" }), "cluster"],
    ["other subnets", inputs({}, { subnets: ["subnet-3"] }), "subnets"],
    ["other security groups", inputs({}, { securityGroups: ["sg-2"] }), "security groups"],
  ])("%s: a new environment, before the old one goes", async (_name, news, reason) => {
    expect(await compare({ ...news, generation: 4 })).toEqual({
      action: `replace: ${reason}`,
      generation: 4,
      changes: true,
      replaces: ["commit"],
      deleteBeforeReplace: false,
    });
  });

  it.each([
    ["feature flags", inputs({ flags: { ALERTS: true } })],
    ["time to live", inputs({ timeToLive: "close" })],
    ["size", inputs({ size: "large" })],
    ["image", inputs({ image: "registry.test/superset:1" })],
    ["another round", inputs({ round: 1 })],
    ["requester", inputs({ requester: "grace" })],
    ["assets", inputs({ assets: true })],
    ["tags", inputs({}, { tags: { team: "data" } })],
    ["variables", inputs({}, { variables: { WORKERS: "4" } })],
  ])("%s: the same environment, changed in place", async (reason, news) => {
    expect(await compare({ ...news, generation: 4 })).toEqual({
      action: `update: ${reason}`,
      generation: 1,
      changes: true,
    });
  });

  it.each([
    ["nothing", inputs()],
    ["a generation", inputs({ generation: 4 })],
    ["the order of subnets", inputs({}, { subnets: ["subnet-2", "subnet-1"] })],
    ["a deadline", inputs({}, { deadlineMinutes: 1 })],
    ["a size that it has not", inputs({}, { sizes: { small: { cpu: 512, memory: 2048 } } })],
  ])("%s: none", async (_name, news) => {
    expect(await compare(news, { ...inputs(), action: "create" })).toEqual({
      action: "create",
      generation: 1,
      changes: false,
    });
  });

  it("what a refresh found is mended", async () => {
    const drifted = { ...inputs(), drift: ["tasks: 0 instead of 1"] };
    expect(await compare(inputs(), drifted)).toEqual({
      action: "update: tasks: 0 instead of 1",
      generation: 1,
      changes: true,
    });
  });

  it("is told of a replacement although the engine checks it twice", async () => {
    const news = inputs({ commit: commitOf("0123456"), generation: 9 });
    await hooks.check(inputs(), news);
    expect((await hooks.check({}, news)).inputs).toMatchObject({ action: "replace: commit abc1234 -> 0123456" });
  });

  it("wrong arguments are told with their place", async () => {
    const { failures } = await hooks.check({}, { ...inputs(), commit: "main" });
    expect(failures).toEqual([{ property: "pullRequest", reason: expect.stringMatching(/^commit: /) }]);
  });
});
