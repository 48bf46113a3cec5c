import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { parseShowtimeSettings } from "../../provider/src/cli/showtime/settings-file";
import { SOUND_SETTINGS, settings } from "./showtime-support";

const read = (changes: object) => () =>
  parseShowtimeSettings(stringify({ ...SOUND_SETTINGS, ...changes }), "showtime.yaml");

describe("showtime.yaml", () => {
  it("gives the settings with their defaults", () => {
    expect(read({})()).toEqual(settings());
  });

  it.each([
    ["a value that is none", { maxAge: "10hours" }, /^showtime\.yaml:11: .*maxAge: is no time to live/],
    ["an item of a list", { subnets: ["subnet-1", "net-2"] }, /^showtime\.yaml:7: .*subnets\[1\]/],
    ["a key that there is not", { cpus: 4 }, /^showtime\.yaml:11: .*cpus: there is no such setting/],
    [
      "a key inside of another",
      { login: { name: "x" } },
      /^showtime\.yaml:12: .*login\.name: there is no such setting/,
    ],
    [
      "a size that there is not",
      { size: "huge" },
      /^showtime\.yaml:11: .*size: there is none of that name among small/,
    ],
  ])("tells the line of %s", (_, changes, message) => {
    expect(read(changes)).toThrow(message);
  });

  it("tells all that is wrong at once", () => {
    expect(read({ region: "", port: 0 })).toThrow(/showtime\.yaml:2: region[\s\S]*showtime\.yaml:11: port/);
  });

  it("says what a missing setting means, and which one a wrong key was meant to be", () => {
    const wrong = () => parseShowtimeSettings("projekt: shop\naddress: { kind: record }\n", "showtime.yaml");
    expect(wrong).toThrow(/cluster is missing: ECS cluster/);
    expect(wrong).toThrow(/address\.zone is missing\n/);
    expect(wrong).toThrow(/projekt: there is no such setting; did you mean "project"\?/);
  });

  it("tells what is missing, and where there is no YAML", () => {
    expect(() => parseShowtimeSettings("project: shop\n", "showtime.yaml")).toThrow(/region/);
    expect(() => parseShowtimeSettings("project: [\n", "showtime.yaml")).toThrow(/^showtime\.yaml:\d: .*no YAML/);
    expect(() => parseShowtimeSettings("", "showtime.yaml")).toThrow(/showtime\.yaml:1: .*project/);
  });
});
