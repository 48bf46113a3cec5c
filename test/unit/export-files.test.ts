import { describe, expect, it } from "vitest";
import { defineFromDocument } from "../../provider/src/assets/define";
import type { AssetDocument, AssetKind, Definition } from "../../provider/src/assets/definition";
import { type ExportInput, planExport, type StatedObject } from "../../provider/src/assets/export-files";
import { CHART_UUID, DASHBOARD_UUID, DATABASE_UUID, DATASET_UUID, OTHER_UUID } from "./assets-support";

const DATABASE = {
  kind: "database",
  document: { uuid: DATABASE_UUID, database_name: "Shop & Co", sqlalchemy_uri: "a://b" },
};
const DATASET = {
  kind: "dataset",
  document: { uuid: DATASET_UUID, table_name: "orders", database_uuid: DATABASE_UUID },
};
const CHART = {
  kind: "chart",
  document: { uuid: CHART_UUID, slice_name: "Umsatz (€) / Monat", dataset_uuid: DATASET_UUID },
};
const BOARD = { kind: "dashboard", document: { uuid: DASHBOARD_UUID, dashboard_title: "Übersicht", published: true } };

function plan(objects: readonly object[], input: Partial<ExportInput> = {}) {
  return planExport({
    objects: objects as StatedObject[],
    definitions: [],
    isIncluded: () => true,
    takesDraft: () => false,
    isShared: () => false,
    isGone: () => false,
    ...input,
  });
}

function file(kind: AssetKind, document: AssetDocument, path: string): Definition {
  return defineFromDocument(kind, document, { path, name: path });
}

const pathsOf = (files: readonly { path: string }[]) => files.map(({ path }) => path);

describe("the files of an export", () => {
  it("are named from title and UUID, datasets in the folder of their database", () => {
    expect(pathsOf(plan([BOARD, CHART, DATASET, DATABASE]).added)).toEqual([
      "charts/umsatz-monat_33333333.yaml",
      "dashboards/ubersicht_44444444.yaml",
      "databases/shop-co_11111111.yaml",
      "datasets/shop-co/orders_22222222.yaml",
    ]);
  });

  it("have names that every file system takes, whatever the title is", () => {
    const titles = [
      "",
      "///",
      "..",
      "a\"b'c`d",
      "x".repeat(300),
      "漢".repeat(300),
      "\ud800half",
      "a\u0000b",
      "CON",
      "日本語/графік",
    ];
    for (const title of titles) {
      const [added] = plan([{ kind: "chart", document: { ...CHART.document, slice_name: title } }]).added;
      const name = added?.path.replace("charts/", "") ?? "";
      expect(name).toMatch(/^[\p{L}\p{N}-]*_?33333333\.yaml$/u);
      expect(Buffer.byteLength(name)).toBeLessThan(200);
    }
  });

  it("are two for two assets of one title, and do not depend on the order in which the server tells them", () => {
    const twin = { kind: "chart", document: { ...CHART.document, uuid: CHART_UUID.replace("4333", "4444") } };
    const other = { kind: "chart", document: { ...CHART.document, uuid: OTHER_UUID } };
    const expected = ["umsatz-monat_33333333", `umsatz-monat_${twin.document.uuid}`, "umsatz-monat_99999999"].sort();
    for (const objects of [
      [CHART, twin, other],
      [other, twin, CHART],
    ]) {
      const names = pathsOf(plan(objects).added).map((path) => path.replace(/^charts\/|\.yaml$/g, ""));
      expect(names.sort()).toEqual(expected);
    }
  });

  it("keep the names and places that they have, and new ones lie beside most others of their kind", () => {
    const mine = file("chart", CHART.document, "sales/charts/mine.yml");
    const other = { kind: "chart", document: { ...CHART.document, uuid: OTHER_UUID, slice_name: "New" } };
    const changed = { kind: "chart", document: { ...CHART.document, slice_name: "Renamed" } };
    const { added, changed: written } = plan([changed, other], { definitions: [mine] });
    expect(pathsOf(written)).toEqual(["sales/charts/mine.yml"]);
    expect(pathsOf(added)).toEqual(["sales/charts/new_99999999.yaml"]);
  });

  it("are left alone where they say the same in another form", () => {
    const mine = file("chart", { ...CHART.document, cache_timeout: null, description: "" }, "charts/a.yaml");
    expect(plan([CHART], { definitions: [mine] })).toMatchObject({ added: [], changed: [], unchanged: [mine] });
  });

  it("leave draft dashboards out unless they have a file or are wanted", () => {
    const draft = { kind: "dashboard", document: { ...BOARD.document, published: false } };
    expect(plan([draft])).toMatchObject({ added: [], drafts: ["Übersicht"] });
    expect(pathsOf(plan([draft], { takesDraft: (uuid) => uuid === DASHBOARD_UUID }).added)).toHaveLength(1);
    const mine = file("dashboard", BOARD.document, "dashboards/a.yaml");
    expect(plan([draft], { definitions: [mine] })).toMatchObject({
      drafts: [],
      changed: [{ path: "dashboards/a.yaml" }],
    });
  });

  it("are gone only where the server lacks the asset, and never where the settings leave them out", () => {
    const mine = file("chart", CHART.document, "charts/a.yaml");
    const hidden = file("chart", { ...CHART.document, uuid: OTHER_UUID }, "private/b.yaml");
    const input = { definitions: [mine, hidden], isIncluded: (path: string) => !path.startsWith("private/") };
    expect(pathsOf(plan([], { ...input, isGone: () => true }).gone)).toEqual(["charts/a.yaml"]);
    // On the server, and not part of this export.
    expect(plan([], input).gone).toEqual([]);
    const other = { kind: "chart", document: { ...CHART.document, uuid: OTHER_UUID, slice_name: "Changed" } };
    expect(plan([other], input)).toMatchObject({ added: [], changed: [] });
  });

  it("never take the address of one server into a database's file that stands for several", () => {
    const mine = file("database", DATABASE.document, "databases/shop.yaml");
    const theirs = { kind: "database", document: { ...DATABASE.document, sqlalchemy_uri: "a://other" } };
    expect(plan([theirs], { definitions: [mine], isShared: () => true })).toMatchObject({
      changed: [],
      unchanged: [mine],
    });
    expect(plan([theirs], { definitions: [mine] }).changed).toHaveLength(1);
  });

  it("leave charts out whose dataset was deleted: nothing could import them", () => {
    const homeless = { kind: "chart", document: { uuid: CHART_UUID, slice_name: "Lost" } };
    expect(plan([homeless])).toMatchObject({ added: [], homeless: ["Lost"] });
  });
});
