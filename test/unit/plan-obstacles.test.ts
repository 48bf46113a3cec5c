import { describe, expect, it } from "vitest";
import { assetKey } from "../../provider/src/plan/asset-key";
import { define, plan, remote, smallFolder, UUIDS } from "./plan-support";

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

  it("a database whose UUID the target has under another name", () => {
    const refused = decisionOf("database", { remotes: [remote("database", { title: "Warehouse" })] });
    expect(refused).toMatchObject({ action: "refuse" });
    expect(refused?.reason).toContain('set superset:databases.Shop.name to "Warehouse"');
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

  it("a dataset that would have to move to another database", () => {
    const remotes = [
      remote("database"),
      remote("database", { title: "Old", uuid: UUIDS.other, id: 11 }),
      remote("dataset", { database: { id: 11 } }),
    ];
    expect(decisionOf("dataset", { remotes })?.reason).toContain("cannot move it");
  });

  it("a dataset whose table the target has under another UUID, as the importer would take that over", () => {
    const holder = remote("dataset", { uuid: UUIDS.other, id: 5 });
    const refused = decisionOf("dataset", { remotes: [remote("database"), holder] });
    expect(refused?.reason).toContain(UUIDS.other);
    const elsewhere = { ...holder, schema: "archive" };
    expect(decisionOf("dataset", { remotes: [remote("database"), elsewhere] })).toMatchObject({ action: "create" });
    const [database, , chart] = smallFolder();
    const definitions = [database, define("dataset", { schema: null }), chart].filter((entry) => entry !== undefined);
    expect(decisionOf("dataset", { definitions, remotes: [remote("database"), elsewhere] })?.action).toBe("refuse");
  });

  it("a dashboard whose slug the target has under another UUID", () => {
    const holder = remote("dashboard", { uuid: UUIDS.other, title: "Their Sales" });
    const refused = decisionOf("dashboard", { remotes: [holder] });
    expect(refused?.reason).toContain('dashboard "Their Sales" with the slug "sales"');
    expect(decisionOf("dashboard", { remotes: [{ ...holder, slug: null }] })).toMatchObject({ action: "create" });
  });

  it("two database files that are to become one database", () => {
    const definitions = [define("database"), define("database", { uuid: UUIDS.other, database_name: "Copy" })];
    const databases = JSON.stringify({ Shop: { name: "New" }, Copy: { name: "New" } });
    const planned = plan({ definitions, settings: { databases } });
    expect(planned.map(({ decision }) => decision.action)).toEqual(["create", "refuse"]);
    expect(planned[1]?.decision.reason).toContain("databases/one.yaml");
  });

  it("a dataset that its changed mapping would move, even if nothing else changed", () => {
    const known = new Map([
      [
        assetKey("dataset", UUIDS.dataset),
        {
          urn: "urn:pulumi:test::superset::dataset::datasets/one",
          uuid: UUIDS.dataset,
          title: "orders",
          origin: "created",
          checksum: define("dataset").digest,
          links: "-",
          target: "target-1",
          managed: false,
          retained: false,
        } as const,
      ],
    ]);
    const remotes = [
      remote("database"),
      remote("database", { title: "Other", uuid: UUIDS.other, id: 11 }),
      remote("dataset"),
    ];
    expect(decisionOf("dataset", { remotes, known })?.action).toBe("keep");
    const databases = JSON.stringify({ Shop: { name: "Other" } });
    expect(decisionOf("dataset", { remotes, known, settings: { databases } })?.reason).toContain("cannot move it");
  });

  it("a name that another asset of this stack still has on the target", () => {
    const holder = remote("dashboard", { uuid: UUIDS.other });
    const own = { urn: "x", uuid: UUIDS.other, title: "Sales", origin: "created", checksum: "-", links: "-" } as const;
    const known = new Map([
      [assetKey("dashboard", UUIDS.other), { ...own, target: "target-1", managed: false, retained: false }],
    ]);
    expect(decisionOf("dashboard", { remotes: [holder], known })?.reason).toContain("in a deployment of its own");
  });
});
