import { describe, expect, it } from "vitest";
import type { AssetKind } from "../../provider/src/assets/definition";
import {
  closedDocument,
  formatReplacements,
  listLosses,
  listRestored,
  setAsideTitle,
  setAsideUuid,
} from "../../provider/src/plan/replacement";
import type { Attachments } from "../../provider/src/superset/attachments";

const UUID = "5490c11c-3a63-435d-83d8-4c163657d5fe";

function attachments(kind: AssetKind, found: Partial<Attachments> = {}): Attachments {
  const remote = { kind, uuid: UUID, id: 17, title: "Sales", changedOn: "" };
  return { remote, owners: [], tags: [], roles: [], reports: [], rules: [], ...found };
}

describe("the old object", () => {
  it("is found by a UUID that never changes", () => {
    expect(setAsideUuid(UUID)).toBe("b6d5e54d-30fc-5b01-a32c-cbc3f2badb19");
    expect(setAsideUuid(UUID.toUpperCase())).toBe(setAsideUuid(UUID));
  });

  it("has a name that fits into Superset's, and names no other table", () => {
    expect(setAsideTitle("orders", UUID)).toMatch(/^orders \(replaced [0-9a-f]{8}\)$/);
    expect(setAsideTitle("x".repeat(250), UUID).length).toBeLessThan(150);
  });
});

describe("the new object, while nothing protects it yet", () => {
  it("is a dataset without rows, columns and the table's name", () => {
    const document = {
      uuid: UUID,
      version: "1.0.0",
      table_name: "orders",
      database_uuid: "d",
      schema: "s",
      sql: null,
      columns: [{ column_name: "a" }],
      extra: { secret: 1 },
    };
    const closed = closedDocument("dataset", document, UUID);
    expect(closed).toMatchObject({ uuid: UUID, database_uuid: "d", schema: "s", columns: [], metrics: [] });
    expect(closed?.sql).toContain("1 = 0");
    expect(closed?.table_name).not.toBe("orders");
    expect(JSON.stringify(closed)).not.toContain("secret");
  });

  it("is a dashboard without content and slug", () => {
    const document = {
      uuid: UUID,
      version: "1.0.0",
      dashboard_title: "D",
      slug: "d",
      published: true,
      css: "secret",
      metadata: { secret: 1 },
      position: { secret: {} },
    };
    const closed = closedDocument("dashboard", document, UUID);
    expect(closed).toMatchObject({ uuid: UUID, slug: null, published: false, metadata: {} });
    expect(JSON.stringify(closed)).not.toContain("secret");
  });

  it("is a chart as it is: its dataset decides", () => expect(closedDocument("chart", {}, UUID)).toBeUndefined());
});

describe("what is lost for ever", () => {
  it.each<[AssetKind, Partial<Attachments>, string[]]>([
    ["database", {}, []],
    ["dataset", {}, ["integer id 17", "{{ dataset(17) }}", "guest tokens", "new id"]],
    ["chart", {}, ["integer id 17", "annotation layers", "favourites of other users"]],
    ["chart", { favourites: 2 }, ["2 favourites of users"]],
    ["chart", { favourites: 1 }, ["1 favourite of users"]],
    ["dashboard", {}, ["integer id 17", "slug or UUID work", "favourites"]],
    ["dashboard", { embedding: { uuid: "e-1", allowedDomains: [] } }, ["embedding", "e-1"]],
  ])("of a %s with %j", (kind, found, parts) => {
    const text = listLosses(attachments(kind, found)).join("\n");
    for (const part of parts) expect(text).toContain(part);
    if (found.embedding === undefined) expect(text).not.toContain("embedding");
  });
});

it("the plan says what is put back and what is lost, and advises what loses nothing", () => {
  const rule = {
    id: 1,
    name: "Few",
    filterType: "Regular",
    clause: "1 = 1",
    groupKey: null,
    datasets: [{ id: 17, title: "orders" }],
    roles: [{ id: 1, name: "Everybody" }],
  };
  const role = { id: 2, name: "Sales people", permissions: [] };
  const report = { id: 3, name: "Morning", type: "Report" as const, chart: null, dashboard: 17 };
  const all = attachments("dataset", {
    rules: [rule],
    grants: { permission: 9, roles: [role] },
    owners: [1, 2],
    tags: ["t"],
    roles: [5],
    reports: [report],
    theme: 4,
  });
  expect(listRestored(all)).toEqual([
    'row-level security "Few"',
    'grants of "Sales people"',
    "1 role",
    'alerts and reports "Morning"',
    "2 owners",
    'tags "t"',
    "theme",
  ]);
  const text = formatReplacements([all, attachments("chart")]);
  for (const part of ['dataset "Sales"', 'chart "Sales"', "put back: row-level", "lost: links", "replace: inPlace"])
    expect(text).toContain(part);
  expect(formatReplacements([])).toBeUndefined();
});
