import { describe, expect, it } from "vitest";
import { invertMapping, restoreUuids } from "../../provider/src/identity/invert-mapping";

const id = (letter: string) => `${letter.repeat(8)}-0000-4000-8000-000000000000`;

/** Definitions a to d are the objects 1 to 4 of the target. */
const restore = invertMapping([
  { kind: "database", uuid: id("a"), targetUuid: id("1") },
  { kind: "dataset", uuid: id("b"), targetUuid: id("2") },
  { kind: "chart", uuid: id("c").toUpperCase(), targetUuid: id("3") },
  { kind: "dashboard", uuid: id("d"), targetUuid: id("4") },
  // Two that changed places.
  { kind: "chart", uuid: id("e"), targetUuid: id("f") },
  { kind: "chart", uuid: id("f"), targetUuid: id("e") },
]);

describe("restoreUuids", () => {
  it("restores the own UUID and that of the database or dataset", () => {
    expect(restoreUuids("database", { uuid: id("1"), extra: {} }, restore)).toEqual({ uuid: id("a"), extra: {} });
    expect(restoreUuids("dataset", { uuid: id("2"), database_uuid: id("1") }, restore)).toEqual({
      uuid: id("b"),
      database_uuid: id("a"),
    });
    expect(restoreUuids("chart", { uuid: id("3"), dataset_uuid: id("2"), params: { uuid: id("2") } }, restore)).toEqual(
      {
        uuid: id("c"),
        dataset_uuid: id("b"),
        // A UUID in other places is nobody's reference.
        params: { uuid: id("2") },
      },
    );
  });

  it("restores charts in the layout and datasets in filters and customisations", () => {
    const board = (own: string, charts: readonly string[], dataset: string) => {
      const targets = [{ datasetUuid: dataset, column: { name: "a" } }, {}];
      return {
        uuid: own,
        position: {
          ROOT_ID: { type: "ROOT", children: ["CHART-0"] },
          ...Object.fromEntries(charts.map((uuid, index) => [`CHART-${index}`, { type: "CHART", meta: { uuid } }])),
        },
        metadata: {
          native_filter_configuration: [{ id: "f", targets }],
          chart_customization_config: [{ id: "c" }, { id: "d", targets }],
        },
      };
    };
    const live = board(id("4"), [id("3"), id("e"), id("f")], id("2"));
    const before = structuredClone(live);
    expect(restoreUuids("dashboard", live, restore)).toEqual(board(id("d"), [id("c"), id("f"), id("e")], id("b")));
    expect(live).toEqual(before);
  });

  it("leaves alone what no definition stands for, and what is another kind's", () => {
    const chart = { uuid: id("9"), dataset_uuid: id("3") };
    expect(restoreUuids("chart", chart, restore)).toEqual(chart);
  });
});
