import { describe, expect, it } from "vitest";
import { mapDatabases } from "../../provider/src/plan/database-map";
import { define, settings, UUIDS } from "./plan-support";

function nameOf(databases: Readonly<Record<string, object>>, withFile = true): string | undefined {
  const files = withFile ? [define("database")] : [];
  return mapDatabases(files, settings({ databases: JSON.stringify(databases) }).databases).get(UUIDS.database)?.name;
}

describe("the target's database of a file", () => {
  it("is the one of the same name, unless the settings name another by name or UUID", () => {
    expect(nameOf({})).toBe("Shop");
    expect(nameOf({ Shop: { name: "Warehouse" } })).toBe("Warehouse");
    expect(nameOf({ [UUIDS.database]: { name: "Warehouse" } })).toBe("Warehouse");
    expect(nameOf({ Shop: { sqlalchemyUri: "sqlite:///a.db" } })).toBe("Shop");
  });

  it("is found by a UUID in capitals, as other tools write them", () => {
    const uuid = "aaaaaaaa-1111-4111-8111-111111111111";
    const databases = settings({
      databases: JSON.stringify({ [uuid.toUpperCase()]: { name: "Warehouse" } }),
    }).databases;
    expect(mapDatabases([define("database", { uuid })], databases).get(uuid)?.name).toBe("Warehouse");
  });

  it("can be mapped by a UUID that no file has", () => {
    expect(nameOf({ [UUIDS.database]: { name: "Warehouse" } }, false)).toBe("Warehouse");
    expect(nameOf({ Shop: { name: "Warehouse" } }, false)).toBeUndefined();
  });

  it("keeps its settings, under the key that people wrote, when it takes another name there", () => {
    const entry = { name: "Warehouse", passwordEnv: "SHOP_PASSWORD" };
    const renamed = define("database", { database_name: "Warehouse" });
    const databases = settings({ databases: JSON.stringify({ Shop: entry }) }).databases;
    expect(mapDatabases([renamed], databases).get(UUIDS.database)).toMatchObject({
      name: "Warehouse",
      settings: { key: "Shop", ...entry },
    });
  });
});
