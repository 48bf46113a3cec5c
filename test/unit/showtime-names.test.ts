import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  nameImageTag,
  nameService,
  nameStack,
  parseImageTag,
  parseService,
  parseStack,
} from "../../provider/src/showtime/names";
import { showtimeSettingsSchema } from "../../provider/src/showtime/settings";
import { readTags, TAGS, toTags } from "../../provider/src/showtime/tags";
import { expiryOf, formatTimeToLive, limitTimeToLive, parseTimeToLive } from "../../provider/src/showtime/time-to-live";
import { HEAD, NOW, settings } from "./showtime-support";

describe("names", () => {
  const key = { pullRequest: 1234, commit: "ABC123F000000000000000000000000000000000" };

  it("are those of the document, and are read again", () => {
    expect([nameService(key), nameImageTag(key), nameStack(1234)]).toEqual([
      "pr-1234-abc123f",
      "pr-1234-abc123f-ci",
      "pr-1234",
    ]);
    expect(parseService("pr-1234-abc123f")).toEqual({ pullRequest: 1234, commit: "abc123f", isLegacy: false });
    expect(parseImageTag("pr-1234-abc123f-ci")).toEqual({ pullRequest: 1234, commit: "abc123f" });
    expect(parseStack("pr-1234")).toBe(1234);
  });

  it("of Superset Showtime's services are recognised", () => {
    expect(parseService("pr-1234-abc123f-service")).toEqual({ pullRequest: 1234, commit: "abc123f", isLegacy: true });
    expect(parseService("pr-1234-service")).toEqual({ pullRequest: 1234, commit: undefined, isLegacy: true });
  });

  it.each([
    "pr-7-cafe-service",
    "pr-2024-report-service",
    "pr-7-abc123f-service-2",
    "pr-7-abc123f0",
    "pr-7-ABC123F",
    "pr-07-abc123f",
    "pr-0-abc123f",
    "my-pr-7-abc123f",
    "pr-7",
    "pr-7-abc123f\n",
    "",
  ])("of other people's services are not: %j", (name) => {
    expect(parseService(name)).toBeUndefined();
  });

  it("of other people's images and stacks are not", () => {
    expect(
      ["latest", "pr-7-cafe-ci", "pr-7-service-ci", "pr-7-abc123f-service-ci", "pr-7-abc123f"].map(parseImageTag),
    ).toEqual(Array.from({ length: 5 }, () => undefined));
    expect(["prod", "pr-7-abc123f", "pr-007", "PR-7"].map(parseStack)).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
  });
});

describe("times to live", () => {
  it.each([
    ["24h", 24],
    ["48h", 48],
    ["72h", 72],
    ["1w", 168],
    ["3d", 72],
    ["9999h", 9999],
  ])("%s are %i hours", (text, hours) => {
    expect(parseTimeToLive(text)).toEqual({ hours });
  });

  it.each(["10hours", "0h", "00h", "-1h", "1.5h", "h", "48", "48H", " 48h", "48h ", "10000h", "", "closed"])(
    "%j is none",
    (text) => {
      expect(parseTimeToLive(text)).toBeUndefined();
    },
  );

  it("are written so that they are read again", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9999 }), fc.constantFrom("h", "d", "w"), (number, unit) => {
        const time = parseTimeToLive(`${number}${unit}`);
        expect(time).toBeDefined();
        expect(time && parseTimeToLive(formatTimeToLive(time))).toEqual(time);
      }),
    );
  });

  it("are not longer than allowed, `close` neither", () => {
    const most = { hours: 48 };
    expect(limitTimeToLive({ hours: 48 }, most)).toEqual({ time: most, isCut: false });
    expect(limitTimeToLive({ hours: 49 }, most)).toEqual({ time: most, isCut: true });
    expect(limitTimeToLive("close", most)).toEqual({ time: most, isCut: true });
    expect(limitTimeToLive("close", "close")).toEqual({ time: "close", isCut: false });
  });

  it("end after so many hours, or with the pull request", () => {
    expect(expiryOf(NOW, { hours: 48 })?.toISOString()).toBe("2024-01-18T12:00:00.000Z");
    expect(expiryOf(NOW, "close")).toBeUndefined();
  });
});

describe("tags", () => {
  const tags = {
    project: "shop",
    pullRequest: 7,
    commit: HEAD,
    generation: 3,
    created: NOW,
    expires: expiryOf(NOW, { hours: 48 }),
    timeToLive: "48h",
    requester: "maxime",
    size: "small",
    flags: "none",
    url: "http://52.1.2.3:8080",
    assets: true,
    image: "1.dkr.ecr.us-west-2.amazonaws.com/shop:a@sha256:0a",
  };

  it("say again what they were made of, also what is not there", () => {
    expect(readTags(toTags(tags))).toEqual(tags);
    const few = { ...tags, expires: undefined, timeToLive: "close", url: undefined, image: undefined, assets: false };
    expect(readTags(toTags(few))).toEqual(few);
    const bots = { ...tags, requester: "dependabot[bot]" };
    expect(readTags(toTags(bots))).toEqual(bots);
  });

  it("have only what AWS takes, bots too", () => {
    const values = Object.values(toTags({ ...tags, requester: "dependabot[bot]" }));
    expect(values.filter((value) => !/^[\p{L}\p{N} _.:/=+\-@]{1,256}$/u.test(value))).toEqual([]);
  });

  it.each([
    ["of another tool", { [TAGS.managedBy]: "terraform" }],
    ["without a pull request", { [TAGS.pullRequest]: "" }],
    ["of no pull request", { [TAGS.pullRequest]: "0" }],
    ["of a short commit", { [TAGS.commit]: "abc123f" }],
    ["without an end that can be read", { [TAGS.expires]: "tomorrow" }],
    ["without a project", { [TAGS.project]: "" }],
  ])("%s are not ours", (_, change) => {
    expect(readTags({ ...toTags(tags), ...change })).toBeUndefined();
  });

  it.each(Object.values(TAGS).filter((tag) => ![TAGS.url, TAGS.image, TAGS.assets].includes(tag as "showtime:url")))(
    "without %s are not ours",
    (tag) => {
      const { [tag]: _, ...rest } = toTags(tags);
      expect(readTags(rest)).toBeUndefined();
    },
  );
});

describe("settings", () => {
  const problems = (overrides: Record<string, unknown>) => {
    const { error } = showtimeSettingsSchema.safeParse({ ...settings(), ...overrides });
    return error?.issues.map(({ path }) => path.join("."));
  };

  it("have the document's defaults", () => {
    expect(settings()).toMatchObject({ timeToLive: "48h", maxAge: "48h", size: "small", takesOverShowtime: false });
  });

  it.each([
    [{ maxAge: "10hours" }, "maxAge"],
    [{ timeToLive: "0h" }, "timeToLive"],
    [{ project: "My Shop" }, "project"],
    [{ subnets: [] }, "subnets"],
    [{ repository: "shop" }, "repository"],
    [{ healthPath: "health" }, "healthPath"],
    [{ address: { kind: "load-balancer" } }, "address.listener"],
  ])("%j are refused, with the place", (overrides, place) => {
    expect(problems(overrides)).toContain(place);
  });

  it("refuse what they do not know", () => {
    expect(problems({ colour: "red" })).toHaveLength(1);
  });
});
