import stringWidth from "string-width";
import { describe, expect, it } from "vitest";
import { toRows } from "../../provider/src/cli/showtime/environment-rows";
import { formatLabels } from "../../provider/src/cli/showtime/run-labels";
import { formatList } from "../../provider/src/cli/showtime/run-list";
import { planSetup } from "../../provider/src/cli/showtime/run-setup-labels";
import { formatStatus, toStatusReport } from "../../provider/src/cli/showtime/run-status";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";
import { digestFlags } from "../../provider/src/showtime/flags";
import { LABEL_DEFINITIONS, LABEL_TABLE } from "../../provider/src/showtime/labels";
import type { PullRequestFacts } from "../../provider/src/showtime/pull-request";
import { showtimeSettingsSchema } from "../../provider/src/showtime/settings";

const NOW = new Date("2026-03-10T12:00:00Z");
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);
const commitOf = (start: string) => start.padEnd(40, "0");

const settings = showtimeSettingsSchema.parse({
  project: "shop",
  region: "eu-central-1",
  cluster: "shop",
  imageRepository: "shop",
  subnets: ["subnet-1"],
  securityGroups: ["sg-1"],
  executionRole: "arn:aws:iam::1:role/x",
  logGroup: "/ecs/shop",
});

const environment = (facts: Partial<EnvironmentFacts> = {}): EnvironmentFacts => ({
  service: "pr-7-abc123f",
  serviceArn: "arn",
  pullRequest: 7,
  commit: commitOf("abc123f"),
  isLegacy: false,
  generation: 1,
  status: "running",
  created: hours(-3),
  expires: hours(45),
  timeToLive: "48h",
  requester: "maxime",
  size: "small",
  flags: digestFlags({ ALERTS: true }),
  url: "http://52.1.2.3:8080",
  taskDefinition: "shop-pr-7:1",
  assets: true,
  ...facts,
});

const pullRequest = (facts: Partial<PullRequestFacts> = {}): PullRequestFacts => ({
  number: 7,
  state: "open",
  head: commitOf("abc123f"),
  isFork: false,
  body: "FEATURE_ALERTS=true",
  author: "ann",
  labels: [],
  labelledBy: {},
  comment: undefined,
  deployments: [],
  ...facts,
});

describe("showtime status", () => {
  const status = (facts: Partial<EnvironmentFacts>[], found: Partial<PullRequestFacts> = {}) =>
    formatStatus({ rows: toRows(facts.map(environment)), pullRequest: pullRequest(found), settings }, NOW);

  it("has all that people ask for", () => {
    expect(status([{}], { labels: ["🎪 🧊 showtime-freeze", "bug"] }).split("\n")).toEqual([
      "Environment      #7, active",
      "Status           running",
      "Service          pr-7-abc123f",
      "Address          http://52.1.2.3:8080",
      "Commit           abc123f, the head of the pull request",
      "Created          2026-03-10 09:00 UTC, 3h ago",
      "Expires          2026-03-12 09:00 UTC, in 45h (time to live 48h)",
      "Requested by     maxime",
      "Size             small: 0.5 CPU, 2 GiB",
      "Flags            ALERTS on",
      "Assets           those of the branch",
      "Log group        /ecs/shop",
      expect.stringMatching(/^Logs {13}https:\/\/eu-central-1\.console\.aws\.amazon\.com\/cloudwatch\//),
      expect.stringMatching(/^AWS console {6}https:\/\/eu-central-1\.console\.aws\.amazon\.com\/ecs\//),
      "Active triggers  🎪 🧊 showtime-freeze",
    ]);
  });

  it("tells where it is behind what the pull request says", () => {
    const text = status([{}], { head: commitOf("def456a"), body: "FEATURE_ALERTS=false", state: "closed" });
    expect(text).toContain("#7, active; the pull request is closed");
    expect(text).toContain("abc123f; the head is def456a");
    expect(text.replace(/\s+/g, " ")).toContain("others than the pull request asks for (ALERTS off)");
  });

  it("shows both of an update, and what Superset Showtime left", () => {
    const text = status([
      {},
      { service: "pr-7-def456a", generation: 2, status: "deploying", url: undefined, why: "pulling the image" },
      {
        service: "pr-7-service",
        isLegacy: true,
        generation: 0,
        commit: undefined,
        expires: undefined,
        size: undefined,
      },
    ]);
    expect([...text.matchAll(/^Environment +#7, (\w+)/gm)].map(([, type]) => type)).toEqual([
      "building",
      "active",
      "legacy",
    ]);
    expect(text).toContain("pulling the image");
    expect(text).toMatch(/^Expires +unknown$/m);
  });

  it("says when one is over, or lives as long as its pull request", () => {
    expect(status([{ expires: hours(-2) }])).toContain("2h ago: the next cleanup");
    expect(status([{ expires: undefined, timeToLive: "close" }])).toContain("when the pull request is closed");
  });

  it("says that there is none, and null to programs", () => {
    expect(status([], { labels: ["🎪 ⚡ showtime-trigger-start"] })).toBe(
      "No environment for #7 (open).\nActive triggers: 🎪 ⚡ showtime-trigger-start",
    );
    expect(toStatusReport({ rows: [], pullRequest: pullRequest(), settings })).toBeNull();
  });
});

describe("showtime list", () => {
  it("tells nothing at all from nothing that is like that", () => {
    expect(formatList([], 0, settings)).toBe("There is no environment.");
    expect(formatList([], 3, settings)).toBe("None of 3 environments is like that.");
  });

  it("says where the logs are", () => {
    const text = formatList(toRows([environment()]), 1, settings, { now: NOW, width: 80 });
    expect(text).toContain("log group /ecs/shop");
    expect(text.split("\n").every((line) => stringWidth(line) <= 80)).toBe(true);
  });
});

describe("showtime labels", () => {
  it("explains every label in 80 columns", () => {
    const text = formatLabels();
    expect(LABEL_TABLE.filter(({ pattern }) => !text.includes(pattern))).toEqual([]);
    expect(text.split("\n").filter((line) => stringWidth(line) > 80)).toEqual([]);
  });
});

describe("showtime setup-labels", () => {
  const labelsTo = (action: "create" | "update" | "none", defined: Parameters<typeof planSetup>[0]) =>
    planSetup(defined).flatMap((setup) => (setup.action === action ? [setup.label] : []));

  it("makes what is missing, and mends what is there otherwise", () => {
    const [first, second, third, ...others] = LABEL_DEFINITIONS;
    if (first === undefined || second === undefined || third === undefined) throw new Error("too few");
    const defined = [
      first,
      { ...second, color: "000000" },
      // GitHub compares names without their case.
      { ...third, name: third.name.toUpperCase() },
      { name: "bug", color: "ff0000", description: "" },
    ];
    expect(labelsTo("none", defined)).toEqual([first]);
    expect(labelsTo("update", defined)).toEqual([second, third]);
    expect(labelsTo("create", defined)).toEqual(others);
  });

  it("has nothing to do the second time", () => {
    expect(labelsTo("none", LABEL_DEFINITIONS)).toEqual(LABEL_DEFINITIONS);
  });
});
