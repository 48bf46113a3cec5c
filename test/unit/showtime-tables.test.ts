import pc from "picocolors";
import stringWidth from "string-width";
import { describe, expect, it, vi } from "vitest";
import {
  describeBelow,
  formatSpan,
  linkLogs,
  linkService,
  listColumns,
  toRows,
} from "../../provider/src/cli/showtime/environment-rows";
import { formatFacts, formatTable, tableWidth } from "../../provider/src/cli/showtime/tables";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";

const NOW = new Date("2026-03-10T12:00:00Z");
const hours = (count: number) => new Date(NOW.getTime() + count * 3_600_000);

const environment = (facts: Partial<EnvironmentFacts>): EnvironmentFacts => ({
  service: "pr-1234-abc123f",
  serviceArn: "arn:aws:ecs:eu-central-1:123456789012:service/shop/pr-1234-abc123f",
  pullRequest: 1234,
  commit: "abc123f".padEnd(40, "0"),
  isLegacy: false,
  generation: 1,
  status: "running",
  created: hours(-3),
  expires: hours(45),
  timeToLive: "48h",
  requester: "maxime",
  size: "small",
  flags: "none",
  url: "http://52.1.2.3:8080",
  taskDefinition: "shop-pr-1234:1",
  assets: false,
  ...facts,
});

const MANY = [
  environment({}),
  environment({
    service: "pr-1234-def456a",
    commit: "def456a".padEnd(40, "0"),
    generation: 2,
    status: "deploying",
    created: hours(-0.1),
    url: undefined,
  }),
  environment({
    service: "pr-31234-0123456-service",
    pullRequest: 31_234,
    commit: "0123456",
    isLegacy: true,
    generation: 0,
    timeToLive: undefined,
    expires: hours(-2),
    created: hours(-50),
    requester: "somebody-with-a-name-of-thirty-nine-signs",
    url: undefined,
  }),
];

const list = (width: number, environments: readonly EnvironmentFacts[] = MANY) =>
  formatTable({ rows: toRows(environments), columns: listColumns(NOW), width, below: describeBelow });

describe("the table of environments", () => {
  it("has 80 columns, with service and address on a line of their own", () => {
    expect(list(80)).toEqual([
      "PR     TYPE      STATUS     COMMIT   AGE  TTL            USER",
      "1234   building  deploying  def456a  6m   48h, 45h left  maxime",
      "  pr-1234-def456a",
      "1234   active    running    abc123f  3h   48h, 45h left  maxime",
      "  pr-1234-abc123f  http://52.1.2.3:8080",
      "31234  legacy    running    0123456  2d   expired        somebody-with-a-name-o…",
      "  pr-31234-0123456-service",
    ]);
    expect(Math.max(...list(80).map((line) => stringWidth(line)))).toBe(80);
  });

  it("has everything in one line where the terminal is wide", () => {
    const [head, ...lines] = list(140);
    expect(head?.split(/\s+/)).toEqual(["PR", "SERVICE", "TYPE", "STATUS", "COMMIT", "AGE", "TTL", "USER", "ADDRESS"]);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain("pr-1234-abc123f");
    expect(lines[1]).toMatch(/http:\/\/52\.1\.2\.3:8080$/);
    expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(140);
  });

  it("shows no sequence that a terminal would obey, out of what others wrote", () => {
    const text = list(140, [environment({ requester: "\u001b[2Jeve\u202e" })]).join("\n");
    expect(text).toContain("[2Jeve");
    expect(["\u001b", "\u202e"].filter((sign) => text.includes(sign))).toEqual([]);
  });

  it("is as wide with colours as without", async () => {
    const plain = list(80);
    vi.doMock("picocolors", () => ({ default: pc.createColors(true) }));
    vi.resetModules();
    const [tables, rows] = await Promise.all([
      import("../../provider/src/cli/showtime/tables"),
      import("../../provider/src/cli/showtime/environment-rows"),
    ]);
    const coloured = tables.formatTable({
      rows: rows.toRows(MANY),
      columns: rows.listColumns(NOW),
      width: 80,
      below: rows.describeBelow,
    });
    vi.doUnmock("picocolors");
    vi.resetModules();
    expect(coloured.join("")).toContain("\u001b[31mexpired");
    expect(coloured.map((line) => stringWidth(line))).toEqual(plain.map((line) => stringWidth(line)));
  });

  it("tells an older one that is about to go from the one that people are given", () => {
    const both = [environment({}), environment({ service: "pr-1234-def456a", generation: 2 })];
    expect(toRows(both).map(({ facts, type }) => `${facts.service} ${type}`)).toEqual([
      "pr-1234-def456a active",
      "pr-1234-abc123f replaced",
    ]);
  });
});

describe("facts", () => {
  it("stand below each other, and an address stays whole", () => {
    const address = `https://example.org/${"a".repeat(100)}`;
    const lines = formatFacts([
      ["Status", "running"],
      ["Why", "one two three ".repeat(8).trim()],
      ["Logs", address, pc.dim],
    ]);
    expect(lines[0]).toBe("Status  running");
    expect(lines[2]).toMatch(/^ {8}\w/);
    expect(lines.filter((line) => !line.includes(address)).every((line) => stringWidth(line) <= 80)).toBe(true);
    expect(lines.at(-1)).toBe(`Logs    ${address}`);
  });
});

describe("what stands in cells", () => {
  it.each([
    [0, "0s"],
    [59_000, "59s"],
    [60_000, "1m"],
    [3_600_000, "1h"],
    [47 * 3_600_000, "47h"],
    [48 * 3_600_000, "2d"],
    [-5, "0s"],
  ])("a span of %d ms is %s", (span, text) => {
    expect(formatSpan(new Date(NOW.getTime() + span), NOW)).toBe(text);
  });

  it("links to the console of the region's part of AWS", () => {
    const place = { region: "eu-central-1", cluster: "shop", logGroup: "/ecs/shop" };
    expect(linkService(place, "pr-1-abc123f")).toBe(
      "https://eu-central-1.console.aws.amazon.com/ecs/v2/clusters/shop/services/pr-1-abc123f/health?region=eu-central-1",
    );
    expect(linkLogs(place, "pr-1-abc123f")).toBe(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Fecs$252Fshop$3FlogStreamNameFilter$3Dpr-1-abc123f",
    );
    expect(linkService({ ...place, region: "cn-north-1" }, "x")).toContain("console.amazonaws.cn/");
    expect(linkService({ ...place, region: "us-gov-west-1" }, "x")).toContain("console.amazonaws-us-gov.com/");
  });

  it("a table is never narrower than 80 columns: what reads it may be no terminal", () => {
    expect([{}, { columns: 40 }, { columns: 140 }].map(tableWidth)).toEqual([80, 80, 140]);
  });
});
