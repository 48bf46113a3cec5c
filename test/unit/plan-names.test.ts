import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import type { Definition } from "../../provider/src/assets/definition";
import type { KnownAsset } from "../../provider/src/plan/decide";
import { findSuccessions } from "../../provider/src/plan/names";
import { define, known as knownOf, plan, remote, UUIDS } from "./plan-support";

const urnOf = (name: string) =>
  `urn:pulumi:test::superset::superset:index:SupersetAssets$pulumi-nodejs:dynamic/superset:Chart::${name}`;

/** Charts as `name: uuid`, as files or as the state has them. */
type Charts = Readonly<Record<string, string>>;

function successions(files: Charts, state: Charts): Record<string, object> {
  const definitions: Definition[] = Object.entries(files).map(([name, uuid]) => ({
    ...define("chart", { uuid }),
    name,
  }));
  const known = Object.entries(state).map(([name, uuid]): [string, KnownAsset] => {
    const { digest } = define("chart", { uuid });
    return [assetKey("chart", uuid), knownOf("chart", { urn: urnOf(name), uuid, checksum: digest })];
  });
  const remotes = [remote("dataset"), ...known.map(([, { uuid }]) => remote("chart", { uuid }))];
  const planned = plan({ definitions, remotes, known: new Map(known) });
  const found = findSuccessions(
    planned,
    known.map(([, asset]) => asset),
  );
  return Object.fromEntries([...found].map(([asset, succession]) => [asset.definition.name, succession]));
}

const { chart: A, other: B } = UUIDS;

describe("an asset under another name", () => {
  it("is the old resource, renamed", () => {
    expect(successions({ new: A }, { old: A })).toEqual({ new: { alias: urnOf("old") } });
    expect(successions({ old: A }, { old: A })).toEqual({ old: { alias: urnOf("old") } });
    expect(successions({ "a::b": A }, { "a::b": A })).toEqual({ "a::b": { alias: urnOf("a::b") } });
    expect(successions({ old: A }, {})).toEqual({ old: {} });
  });

  it("takes its object over where the old name stays in use", () => {
    expect(successions({ one: B, two: A }, { one: A, two: B })).toEqual({
      one: { takesOverFrom: "two" },
      two: { takesOverFrom: "one" },
    });
    expect(successions({ new: A, old: B }, { old: A })).toEqual({ new: { takesOverFrom: "old" }, old: {} });
    expect(successions({ two: A }, { one: A, two: B })).toEqual({ two: { takesOverFrom: "one" } });
  });
});

describe("a database whose file gets another UUID", () => {
  it("keeps its resource, because the target's database is found by name", () => {
    const database = define("database", { uuid: UUIDS.other });
    const known = knownOf("database", { urn: urnOf("databases/one") });
    const [planned] = plan({
      definitions: [database],
      remotes: [remote("database")],
      known: new Map([[assetKey("database", UUIDS.database), known]]),
    });
    expect(planned).toMatchObject({ decision: { action: "skip" }, registered: true, known });
  });
});
