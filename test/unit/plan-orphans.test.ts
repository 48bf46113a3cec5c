import { describe, expect, it } from "vitest";
import { collectFates } from "../../provider/src/plan/fates";
import { findOrphans, formatOrphans, type OrphansInput } from "../../provider/src/plan/orphans";
import { setAsideUuid } from "../../provider/src/plan/replacement";
import { createStrategyLookup } from "../../provider/src/settings/strategy";
import type { ChartLinks } from "../../provider/src/superset/datasources";
import { Inventory, type RemoteAsset } from "../../provider/src/superset/inventory";
import { define, known, plan, remote, settings, UUIDS } from "./plan-support";

const uuidOf = (id: number) => `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
const make = (kind: RemoteAsset["kind"], id: number, changes: Partial<RemoteAsset> = {}) =>
  remote(kind, { id, uuid: uuidOf(id), title: `${kind} ${id}`, ...changes });

/** What the stack has: a database with the id 10, and a dataset, a chart and a dashboard on it. */
const OWN = (["database", "dataset", "chart", "dashboard"] as const).map((kind) => remote(kind));
const OTHER_DATABASE = make("database", 11);

interface Case extends Partial<Omit<OrphansInput, "inventory" | "datasources">> {
  readonly remotes: readonly RemoteAsset[];
  /** Ids of the datasets that hold SQL. */
  readonly virtual?: readonly number[];
  readonly charts?: readonly ChartLinks[];
}

/** The orphans as `kind id`. */
function find({ remotes, virtual = [], charts = [], ...changes }: Case): string[] {
  const all = [...OWN, OTHER_DATABASE, ...remotes];
  const datasets = all.filter(({ kind }) => kind === "dataset").map(({ id }) => id);
  const orphans = findOrphans({
    inventory: new Inventory(all),
    datasources: {
      physical: new Set(datasets.filter((id) => !virtual.includes(id))),
      charts: [{ id: 10, dataset: 10, dashboards: [10] }, ...charts],
    },
    planned: plan({ remotes: all }),
    known: [],
    target: "target-1",
    isProtected: () => false,
    strategyOf: () => new Set(["DELETE"]),
    ...changes,
  });
  return orphans.map(({ kind, id }) => `${kind} ${id}`);
}

describe("an orphan", () => {
  it("is nothing that a definition has", () => {
    expect(find({ remotes: [] })).toEqual([]);
  });

  it.each<[string, Case, string[]]>([
    ["a physical dataset in a database of the stack", { remotes: [make("dataset", 20)] }, ["dataset 20"]],
    ["no dataset with SQL", { remotes: [make("dataset", 20)], virtual: [20] }, []],
    ["no dataset of another database", { remotes: [make("dataset", 20, { database: { id: 11 } })] }, []],
    ["no database", { remotes: [make("database", 20)] }, []],
    [
      "a chart on a dataset of the stack",
      { remotes: [make("chart", 30)], charts: [{ id: 30, dataset: 10, dashboards: [] }] },
      ["chart 30"],
    ],
    [
      "a chart on a dataset with SQL, which stays itself",
      {
        remotes: [make("dataset", 20), make("chart", 30)],
        virtual: [20],
        charts: [{ id: 30, dataset: 20, dashboards: [] }],
      },
      ["chart 30"],
    ],
    [
      "no chart on another database",
      {
        remotes: [make("dataset", 20, { database: { id: 11 } }), make("chart", 30)],
        charts: [{ id: 30, dataset: 20, dashboards: [] }],
      },
      [],
    ],
    [
      "no chart without a dataset, or on one that is gone",
      {
        remotes: [make("chart", 30), make("chart", 31)],
        charts: [
          { id: 30, dataset: undefined, dashboards: [] },
          { id: 31, dataset: 99, dashboards: [] },
        ],
      },
      [],
    ],
    ["no chart that came after the list of charts", { remotes: [make("chart", 30)] }, []],
    [
      "a dashboard that shows charts of the stack only",
      { remotes: [make("dashboard", 40)], charts: [{ id: 30, dataset: 10, dashboards: [40] }] },
      ["dashboard 40"],
    ],
    [
      "no dashboard that shows a chart of another database too",
      {
        remotes: [make("dashboard", 40), make("dataset", 20, { database: { id: 11 } })],
        charts: [
          { id: 30, dataset: 10, dashboards: [40] },
          { id: 31, dataset: 20, dashboards: [40] },
        ],
      },
      [],
    ],
    [
      "no dashboard with a chart whose dataset is gone",
      { remotes: [make("dashboard", 40)], charts: [{ id: 30, dataset: undefined, dashboards: [40] }] },
      [],
    ],
    ["no empty dashboard", { remotes: [make("dashboard", 40)] }, []],
    [
      "nothing that is in the state",
      { remotes: [make("dataset", 20)], known: [known("dataset", { uuid: uuidOf(20) })] },
      [],
    ],
    [
      "nothing that the state has under another UUID",
      { remotes: [make("dataset", 20)], known: [known("dataset", { targetUuid: uuidOf(20) })] },
      [],
    ],
    [
      "what the state has of another server",
      { remotes: [make("dataset", 20)], known: [known("dataset", { uuid: uuidOf(20), target: "target-0" })] },
      ["dataset 20"],
    ],
    ["nothing that is set aside", { remotes: [make("dataset", 20, { uuid: setAsideUuid(UUIDS.dataset) })] }, []],
  ])("is %s", (_, given, expected) => {
    expect(find(given)).toEqual(expected);
  });

  it("comes before what it uses", () => {
    const remotes = [make("dataset", 20), make("chart", 30), make("dashboard", 40)];
    const found = find({ remotes, charts: [{ id: 30, dataset: 20, dashboards: [40] }] });
    expect(found).toEqual(["dashboard 40", "chart 30", "dataset 20"]);
  });

  it("is not looked for where no definition uses a database", () => {
    expect(find({ remotes: [make("dataset", 20)], planned: [] })).toEqual([]);
  });

  it.each(["charts/Sales - EU", "charts/Sales - EU.yaml"])("is nothing of which superset:protect names %s", (path) => {
    const given = {
      remotes: [make("chart", 30, { title: "Sales / EU" })],
      charts: [{ id: 30, dataset: 10, dashboards: [] }],
    };
    expect(find({ ...given, isProtected: (candidate) => candidate === path })).toEqual([]);
    expect(find({ ...given, isProtected: (candidate) => candidate === `x/${path}` })).toEqual(["chart 30"]);
  });

  it.each(["datasets/people", "datasets/Shop/people", "datasets/Shop/people.yaml"])(
    "is no dataset of which superset:protect names %s",
    (path) => {
      const remotes = [make("dataset", 20, { title: "people" })];
      expect(find({ remotes, isProtected: (candidate) => candidate === path })).toEqual([]);
    },
  );

  it("is nothing whose kind, or path, has a strategy without DELETE", () => {
    const rules = { default: "DELETE", charts: "CREATE", "datasets/keep*": "UPDATE" };
    const strategyOf = createStrategyLookup(settings({ strategy: JSON.stringify(rules) }).strategy);
    const remotes = [make("dataset", 20), make("dataset", 21, { title: "keep me" }), make("chart", 30)];
    expect(find({ remotes, charts: [{ id: 30, dataset: 20, dashboards: [] }], strategyOf })).toEqual(["dataset 20"]);
  });

  it("is named with its UUID, because titles are not unique", () => {
    expect(formatOrphans([])).toBeUndefined();
    expect(formatOrphans([make("chart", 30)])).toBe(
      `On the server, in no file, and deleted:\n  chart "chart 30" (${uuidOf(30)})`,
    );
  });
});

describe("what becomes of the objects of the server", () => {
  it("is told for what is written, left, deleted and no orphan of the stack", () => {
    const inventory = new Inventory(OWN);
    const edited = [define("database"), define("dataset"), define("chart", { slice_name: "New" })];
    const planned = plan({
      definitions: edited,
      remotes: OWN,
      known: new Map([[`chart:${UUIDS.chart}`, known("chart")]]),
    });
    const vanished = [{ kind: "dashboard" as const, known: known("dashboard"), isKept: false }];
    const { of, leaving } = collectFates(planned, vanished, [make("chart", 30)], inventory);
    expect(Object.fromEntries(of)).toMatchObject({
      "chart:10": "written",
      "dashboard:10": "deleted",
      "chart:30": "deleted",
    });
    expect(leaving).toEqual(["dashboard:10"]);
  });

  it("the old object of an interrupted replacement goes when that is finished", () => {
    const aside = make("chart", 50, { uuid: setAsideUuid(UUIDS.chart) });
    const remotes = [...OWN, aside];
    const planned = plan({ remotes, settings: { strategy: "CREATE | REPLACE" } });
    const { of, leaving } = collectFates(planned, [], [], new Inventory(remotes));
    expect(of.get("chart:50")).toBe("deleted");
    expect(leaving).toContain("chart:50");
  });
});
