import { describe, expect, it } from "vitest";
import { findTargetSettings, mapDatabases } from "../../provider/src/plan/database-map";
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

  it("is created from the file of its name, where only the settings know its UUID", () => {
    const { databases } = settings({ databases: JSON.stringify({ [UUIDS.other]: { name: "Shop" } }) });
    expect(mapDatabases([define("database")], databases).get(UUIDS.other)).toMatchObject({
      uuid: UUIDS.other,
      definition: { uuid: UUIDS.database },
    });
  });

  it("keeps its settings, under the key that people wrote, when it takes another name there", () => {
    const entry = { name: "Warehouse", passwordEnv: "SHOP_PASSWORD" };
    const databases = settings({ databases: JSON.stringify({ Shop: entry }) }).databases;
    const target = mapDatabases([define("database")], databases).get(UUIDS.database);
    expect(target).toMatchObject({ name: "Warehouse", settings: { key: "Shop", ...entry } });
    const renamed = define("database", { database_name: "Warehouse" });
    expect(target?.definition?.document).toEqual(renamed.document);
    expect(findTargetSettings(renamed, databases)).toEqual({ key: "Shop", ...entry });
  });

  it("is never another one's, where the settings swap names or chain them", () => {
    const entries = {
      Main: { name: "Archive", passwordEnv: "MAIN" },
      Archive: { name: "Main", passwordEnv: "ARCHIVE" },
    };
    const files = [
      define("database", { database_name: "Main" }),
      define("database", { database_name: "Archive", uuid: UUIDS.other }),
    ];
    const { databases } = settings({ databases: JSON.stringify(entries) });
    const targets = mapDatabases(files, databases);
    expect([...targets.values()].map(({ name }) => name)).toEqual(["Archive", "Main"]);
    for (const { definition, settings: own } of targets.values()) {
      if (definition === undefined) throw new Error("no definition");
      expect(findTargetSettings(definition, databases)).toEqual(own);
    }
    const chained = settings({ databases: JSON.stringify({ Main: { name: "Archive" }, Archive: { name: "Old" } }) });
    expect([...mapDatabases(files, chained.databases).values()].map(({ name }) => name)).toEqual(["Archive", "Old"]);
  });
});
