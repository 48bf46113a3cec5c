import { beforeAll, describe, expect, it } from "vitest";
import { applyAccess, readAccess } from "../../provider/src/superset/asset-access";
import type { SupersetClient } from "../../provider/src/superset/client";
import { importEntries } from "../../provider/src/superset/importer";
import { loadInventory, type RemoteAsset } from "../../provider/src/superset/inventory";
import { readDirectory } from "../../provider/src/superset/people";
import {
  changeRule,
  createRule,
  deleteRule,
  findRule,
  listRules,
  type RuleContent,
} from "../../provider/src/superset/row-level-security";
import { startFaultProxy } from "../support/fault-proxy";
import { createSamples } from "../support/import-samples";
import { clientOf, createRole, createUser, type TestUser } from "../support/people";
import { type TestServer, useSuperset } from "../support/servers";

let server: TestServer;
let client: SupersetClient;
let alice: TestUser;
let quoted: TestUser;
let editor: TestUser;
let sales: { id: number; name: string };
const remotes = new Map<string, RemoteAsset>();
const samples = createSamples();
const entries = (() => {
  const database = samples.database();
  const dataset = samples.dataset(database);
  const chart = samples.chart(dataset);
  return [database, dataset, chart, samples.dashboard([chart])];
})();

beforeAll(async () => {
  server = await useSuperset();
  client = clientOf(server);
  alice = await createUser(server, "alice");
  quoted = await createUser(server, "o'neil!");
  editor = await createUser(server, "editor", "Alpha");
  sales = await createRole(server, "Sales & more");
  await importEntries(client, entries);
  for (const remote of (await loadInventory(client)).all()) remotes.set(remote.kind, remote);
});

function remoteOf(kind: string): RemoteAsset {
  const remote = remotes.get(kind);
  if (remote === undefined) throw new Error(`no ${kind}`);
  return remote;
}

/** User names of the owners, as the metadata database has them. */
async function ownersOf(kind: "dataset" | "chart" | "dashboard"): Promise<unknown[]> {
  const [table, column] = {
    dataset: ["sqlatable_user", "table_id"],
    chart: ["slice_user", "slice_id"],
    dashboard: ["dashboard_user", "dashboard_id"],
  }[kind] as [string, string];
  const rows = await server.query(
    `SELECT username FROM ab_user JOIN ${table} l ON l.user_id = ab_user.id WHERE l.${column} = ${remoteOf(kind).id}`,
  );
  return rows.map(({ username }) => username).sort();
}

async function rolesOfDashboard(): Promise<unknown[]> {
  const rows = await server.query(
    `SELECT name FROM ab_role JOIN dashboard_roles d ON d.role_id = ab_role.id WHERE dashboard_id = ${remoteOf("dashboard").id}`,
  );
  return rows.map(({ name }) => name);
}

describe("people and roles", () => {
  it("are found by e-mail in any case, by user name and by role name, in a handful of requests", async () => {
    const proxy = await startFaultProxy(server.url);
    const counted = clientOf({ ...server, url: proxy.url });
    const names = [alice.email.toLowerCase(), alice.username, quoted.username, quoted.email, "nobody", "no@body.com"];
    const many = Array.from({ length: 200 }, (_, index) => `nobody-${index}`);
    const [one, other] = await Promise.all([
      readDirectory(counted, { people: names, roles: [sales.name, "Nix"] }),
      readDirectory(counted, { people: many, roles: ["Admin"] }),
    ]);
    await proxy.close();
    const found = Object.fromEntries([...one.people].map(([name, { id }]) => [name, id]));
    expect(found).toEqual({
      [alice.email.toLowerCase()]: alice.id,
      [alice.username]: alice.id,
      [quoted.username]: quoted.id,
      [quoted.email]: quoted.id,
    });
    expect([...one.roles.values()]).toEqual([sales]);
    expect([...other.people]).toEqual([]);
    expect([...other.roles.keys()]).toEqual(["Admin"]);
    expect(one.account).toEqual({ id: 1, username: "admin", isAdmin: true });
    expect(proxy.count("/api/v1/security/users/")).toBeLessThanOrEqual(8);
    expect(proxy.count("/related/roles")).toBe(1);
  });

  it("are found by e-mail for an account that may not read users, and it is told that user names are hidden", async () => {
    const limited = clientOf(server, editor);
    const directory = await readDirectory(limited, { people: [alice.email, "no@body.com"], roles: [sales.name] });
    expect([...directory.people.keys()]).toEqual([alice.email]);
    expect([...directory.roles.keys()]).toEqual([sales.name]);
    expect(directory.account).toEqual({ id: editor.id, username: editor.username, isAdmin: false });
    await expect(readDirectory(limited, { people: [alice.username], roles: [] })).rejects.toMatchObject({
      code: "access/user-names-hidden",
    });
  });
});

describe("owners and roles", () => {
  it.each(["dataset", "chart", "dashboard"] as const)("of a %s become exactly what is declared", async (kind) => {
    expect(await ownersOf(kind)).toEqual(["admin"]);
    await applyAccess(client, remoteOf(kind), { owners: [alice.email.toLowerCase(), quoted.username] });
    expect(await ownersOf(kind)).toEqual([alice.username, quoted.username]);
    await importEntries(client, [...entries]);
    expect(await ownersOf(kind)).toEqual(["admin", alice.username, quoted.username]);
    await applyAccess(client, remoteOf(kind), { owners: [alice.username] });
    expect(await ownersOf(kind)).toEqual([alice.username]);
    const present = (await readAccess(client, kind, [remoteOf(kind).uuid])).get(remoteOf(kind).uuid);
    expect(present).toEqual({ owners: [{ id: alice.id, name: "alice Test" }], roles: [] });
    await applyAccess(client, remoteOf(kind), { owners: [] });
    expect(await ownersOf(kind)).toEqual([]);
  });

  it("are left alone where they are not declared", async () => {
    const dashboard = remoteOf("dashboard");
    await applyAccess(client, dashboard, { owners: [alice.username], roles: [sales.name, "Gamma"] });
    await applyAccess(client, dashboard, { roles: [sales.name] });
    expect([await ownersOf("dashboard"), await rolesOfDashboard()]).toEqual([[alice.username], [sales.name]]);
    await applyAccess(client, dashboard, { owners: [quoted.username] });
    expect([await ownersOf("dashboard"), await rolesOfDashboard()]).toEqual([[quoted.username], [sales.name]]);
    await importEntries(client, [...entries]);
    expect(await rolesOfDashboard()).toEqual([sales.name]);
  });

  it("change nothing else of a dataset", async () => {
    const { id } = remoteOf("dataset");
    const read = () => server.query(`SELECT * FROM tables WHERE id = ${id}`);
    await server.query(`UPDATE tables SET always_filter_main_dttm = true, normalize_columns = true WHERE id = ${id}`);
    const before = await read();
    await applyAccess(client, remoteOf("dataset"), { owners: [alice.username] });
    expect(await read()).toEqual(before);
  });

  it("are refused by name where the server lacks somebody, and nothing is written", async () => {
    const before = await ownersOf("chart");
    const applied = applyAccess(client, remoteOf("chart"), { owners: [alice.username, "gone@example.com", "nobody"] });
    await expect(applied).rejects.toMatchObject({
      code: "access/missing",
      summary: 'The target has no user "gone@example.com", "nobody".',
    });
    expect(await ownersOf("chart")).toEqual(before);
  });

  it("keep an account without the Admin role among the owners, as Superset does", async () => {
    const limited = clientOf(server, editor);
    await applyAccess(client, remoteOf("chart"), { owners: [editor.username] });
    await applyAccess(limited, remoteOf("chart"), { owners: [alice.email] });
    expect(await ownersOf("chart")).toEqual([alice.username, editor.username]);
  });

  it("are written although the answer was lost, and not taken for written where they were not", async () => {
    const proxy = await startFaultProxy(server.url);
    const cut = clientOf({ ...server, url: proxy.url });
    proxy.cutAfterResponse(/^PUT/, 1);
    await applyAccess(cut, remoteOf("chart"), { owners: [quoted.username] });
    expect(await ownersOf("chart")).toEqual([quoted.username]);
    proxy.refuse(/^PUT/, 1);
    await expect(applyAccess(cut, remoteOf("chart"), { owners: [alice.username] })).rejects.toMatchObject({
      code: "superset/outcome-unknown",
    });
    await proxy.close();
    expect(await ownersOf("chart")).toEqual([quoted.username]);
  });
});

describe("rules about rows", () => {
  const content = (): RuleContent => ({
    name: "Own 'region' & more",
    filterType: "Regular",
    clause: "a = '{{ current_username() }}'",
    groupKey: "region",
    description: "first",
    roleIds: [sales.id],
    datasetIds: [remoteOf("dataset").id],
  });

  it("are made, found by name, changed in place and deleted", async () => {
    const made = await createRule(client, content());
    expect(made).toEqual({
      id: expect.any(Number),
      name: "Own 'region' & more",
      filterType: "Regular",
      clause: "a = '{{ current_username() }}'",
      groupKey: "region",
      description: "first",
      roles: [sales],
      datasets: [{ id: remoteOf("dataset").id, title: remoteOf("dataset").title }],
    });
    expect(await findRule(client, made.name)).toEqual(made);
    const { description: _kept, ...changes } = content();
    const changed = await changeRule(client, made.id, { ...changes, clause: "1 = 0", groupKey: null, roleIds: [4] });
    expect(changed).toMatchObject({ id: made.id, clause: "1 = 0", groupKey: null, description: "first" });
    expect(changed.roles.map(({ id }) => id)).toEqual([4]);
    await deleteRule(client, made);
    await deleteRule(client, made);
    expect(await listRules(client)).toEqual([]);
    expect(await findRule(client, made.name)).toBeUndefined();
  });

  it("are made and deleted once although the answer was lost", async () => {
    const proxy = await startFaultProxy(server.url);
    const cut = clientOf({ ...server, url: proxy.url });
    proxy.cutAfterResponse("POST /api/v1/rowlevelsecurity", 1);
    const made = await createRule(cut, content());
    expect((await listRules(client)).map(({ id }) => id)).toEqual([made.id]);
    proxy.cutAfterResponse("DELETE /api/v1/rowlevelsecurity", 1);
    await deleteRule(cut, made);
    await proxy.close();
    expect(await listRules(client)).toEqual([]);
  });
});
