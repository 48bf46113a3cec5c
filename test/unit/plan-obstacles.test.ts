import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/assets/asset-key";
import { define, known, plan, remote, smallFolder, UUIDS } from "./plan-support";

/** The decision about the definition of a kind. */
function decisionOf(kind: string, options: Parameters<typeof plan>[0]) {
  return plan(options).find(({ definition }) => definition.kind === kind)?.decision;
}

describe("what cannot be done is refused, with the reason and what to do", () => {
  it("a database whose address needs a password that the settings do not give", () => {
    const definitions = [define("database", { sqlalchemy_uri: "postgresql://reader:XXXXXXXXXX@db.example.com/shop" })];
    const refused = decisionOf("database", { definitions });
    expect(refused).toMatchObject({ action: "refuse" });
    expect(refused?.reason).toContain('no database "Shop"');
    expect(refused?.reason).toContain("superset:databases.Shop.passwordEnv");
    for (const entry of [{ password: "secret-1" }, { passwordEnv: "SHOP_PASSWORD" }]) {
      const databases = JSON.stringify({ Shop: entry });
      const environment = { SHOP_PASSWORD: "secret-2" };
      const options = { definitions, settings: { databases }, environment };
      expect(decisionOf("database", options)).toMatchObject({ action: "create" });
    }
    expect(decisionOf("database", { definitions, remotes: [remote("database")] })).toMatchObject({ action: "use" });
  });

  it("a database whose password is to come from an environment variable that is not set", () => {
    const databases = JSON.stringify({ Shop: { passwordEnv: "SHOP_PASSWORD" } });
    const refused = decisionOf("database", { settings: { databases } });
    expect(refused).toMatchObject({ action: "refuse" });
    expect(refused?.reason).toContain("SHOP_PASSWORD");
    const used = decisionOf("database", { settings: { databases }, remotes: [remote("database")] });
    expect(used).toMatchObject({ action: "use" });
  });

  it("two tables of two databases that the settings make one", () => {
    const other = { database: "55555555-5555-4555-8555-555555555555", dataset: UUIDS.other };
    const definitions = [
      define("database"),
      define("database", { uuid: other.database, database_name: "Shop copy" }),
      define("dataset"),
      define("dataset", { uuid: other.dataset, database_uuid: other.database }),
    ];
    const remotes = [remote("database")];
    const databases = JSON.stringify({ "Shop copy": { name: "Shop" } });
    const planned = plan({ definitions, remotes, settings: { databases } });
    expect(planned.map(({ decision }) => decision.action)).toEqual(["use", "use", "create", "refuse"]);
    expect(planned[3]?.decision.reason).toContain("datasets/one.yaml is the same table");
    expect(plan({ definitions, remotes }).map(({ decision }) => decision.action)).not.toContain("refuse");
  });

  it("a database whose address holds a variable", () => {
    const definitions = [define("database", { sqlalchemy_uri: "postgresql://db.example.com/$" + "{SHOP}" })];
    const refused = decisionOf("database", { definitions });
    expect(refused?.reason).toContain("superset:databases.Shop.sqlalchemyUri");
  });

  it("a dataset whose database is in no file and on no target", () => {
    const [dataset] = [define("dataset")];
    expect(decisionOf("dataset", { definitions: [dataset] })?.reason).toContain("map its UUID with superset:databases");
    const databases = JSON.stringify({ [UUIDS.database]: { name: "Warehouse" } });
    const refused = decisionOf("dataset", { definitions: [dataset], settings: { databases } });
    expect(refused?.reason).toContain('the target has no database "Warehouse"');
    const remotes = [remote("database", { title: "Warehouse" })];
    expect(decisionOf("dataset", { definitions: [dataset], settings: { databases }, remotes })).toMatchObject({
      action: "create",
    });
  });

  it("a dataset whose table the target has under another UUID, where it must not be adopted", () => {
    const holder = remote("dataset", { uuid: UUIDS.other, id: 5 });
    const remotes = [remote("database"), holder];
    const refused = decisionOf("dataset", { remotes, settings: { adopt: "false" } });
    expect(refused?.reason).toContain(UUIDS.other);
    expect(refused?.reason).toContain("superset:adopt is false");
    const elsewhere = { ...holder, schema: "archive" };
    expect(decisionOf("dataset", { remotes: [remote("database"), elsewhere] })).toMatchObject({ action: "create" });
  });

  it("a dataset without a schema, which the importer would take for another row than meant", () => {
    const definitions = [define("database"), define("dataset", { schema: null })];
    const elsewhere = remote("dataset", { uuid: UUIDS.other, id: 5, schema: "archive" });
    const own = remote("dataset", { schema: null });
    for (const remotes of [
      [remote("database"), elsewhere],
      [remote("database"), elsewhere, own],
    ]) {
      const refused = decisionOf("dataset", { definitions, remotes });
      expect(refused).toMatchObject({ action: "refuse" });
      expect(refused?.reason).toContain('the schema "archive"');
      expect(refused?.reason).toContain("state the schema in the file");
    }
  });

  it("a dashboard whose new slug another one has, told with title and address", () => {
    const holder = remote("dashboard", { uuid: UUIDS.other, id: 5, title: "Their Sales" });
    const own = remote("dashboard", { slug: "old" });
    const refused = decisionOf("dashboard", { remotes: [own, holder] });
    expect(refused?.reason).toContain('dashboard "Their Sales" (http://127.0.0.1:1/superset/dashboard/sales/)');
    expect(decisionOf("dashboard", { remotes: [holder], settings: { adopt: "false" } })?.action).toBe("refuse");
    expect(decisionOf("dashboard", { remotes: [{ ...holder, slug: null }] })).toMatchObject({ action: "create" });
  });

  it("an object that superset:uuids names and the target does not have", () => {
    const uuids = JSON.stringify({ [UUIDS.chart]: UUIDS.other });
    const remotes = [remote("database"), remote("dataset"), remote("chart")];
    const refused = decisionOf("chart", { remotes, settings: { uuids } });
    expect(refused).toMatchObject({ action: "refuse" });
    expect(refused?.reason).toContain("correct or remove the entry");
  });

  it("two files that stand for one object", () => {
    const path = "charts/two.yaml";
    const second = { ...define("chart", { uuid: UUIDS.other }), path };
    const uuids = JSON.stringify({ [UUIDS.other]: UUIDS.chart });
    // Whether or not anything would be written.
    for (const contents of [{}, { chart: define("chart").document }]) {
      const planned = plan({
        definitions: [...smallFolder().slice(0, 3), second],
        remotes: [remote("database"), remote("dataset"), remote("chart")],
        settings: { uuids },
        contents,
      });
      expect(planned[3]?.decision).toMatchObject({ action: "refuse" });
      expect(planned[3]?.decision.reason).toContain(`charts/one.yaml stands for the same object`);
    }
  });

  it("two database files that are to become one database", () => {
    const definitions = [define("database"), define("database", { uuid: UUIDS.other, database_name: "Copy" })];
    const databases = JSON.stringify({ Shop: { name: "New" }, Copy: { name: "New" } });
    const planned = plan({ definitions, settings: { databases } });
    expect(planned.map(({ decision }) => decision.action)).toEqual(["create", "refuse"]);
    expect(planned[1]?.decision.reason).toContain("databases/one.yaml");
  });

  it("a table that another dataset of this stack still is, where its mapping would move there", () => {
    const remotes = [
      remote("database"),
      remote("database", { title: "Other", uuid: UUIDS.other, id: 11 }),
      remote("dataset"),
      remote("dataset", { uuid: UUIDS.other, id: 12, database: { id: 11 } }),
    ];
    const state = new Map([
      [assetKey("dataset", UUIDS.dataset), known("dataset")],
      [assetKey("dataset", UUIDS.other), known("dataset", { uuid: UUIDS.other })],
    ]);
    expect(decisionOf("dataset", { remotes, known: state })?.action).toBe("keep");
    const databases = JSON.stringify({ Shop: { name: "Other" } });
    const refused = decisionOf("dataset", { remotes, known: state, settings: { databases } });
    expect(refused?.reason).toContain("in a deployment of its own");
  });

  it("a slug that another dashboard of this stack still has on the target", () => {
    const others = define("dashboard", { uuid: UUIDS.other, slug: "moved", position: {} });
    const definitions = [define("dashboard", { position: {} }), others];
    const state = new Map([[assetKey("dashboard", UUIDS.other), known("dashboard", { uuid: UUIDS.other })]]);
    const [first] = plan({ definitions, remotes: [remote("dashboard", { uuid: UUIDS.other })], known: state });
    expect(first?.decision).toMatchObject({ action: "refuse" });
    expect(first?.decision.reason).toContain("in a deployment of its own");
  });
});
