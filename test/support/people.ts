import { randomUUID } from "node:crypto";
import { z } from "zod";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import type { TestServer } from "./servers";

/** Of every user that {@link createUser} makes. */
export const USER_PASSWORD = "test1234";
const Made = z.object({ id: z.number() });

/** A client of a server; default of its admin. */
export function clientOf({ url, username, password }: TestServer, user?: TestUser): SupersetClient {
  const login = user === undefined ? { username, password } : { username: user.username, password: USER_PASSWORD };
  return createSupersetClient({ url, auth: { provider: "db", ...login } });
}

export interface TestUser {
  readonly id: number;
  readonly username: string;
  readonly email: string;
}

/** Makes a user with a name of its own; its e-mail address has capital letters. */
export async function createUser(server: TestServer, prefix: string, role = "Gamma"): Promise<TestUser> {
  const username = `${prefix}-${randomUUID().slice(0, 8)}`;
  const email = `${username}@Example.com`;
  const [found] = await server.query(`SELECT id FROM ab_role WHERE name = '${role}'`);
  const names = { first_name: prefix, last_name: "Test", username, email };
  const body = { ...names, active: true, password: USER_PASSWORD, roles: [found?.id] };
  const { id } = await clientOf(server).send("POST", "/api/v1/security/users/", body, Made);
  return { id, username, email };
}

/** What an account needs that may only read, as docs/workflows.md has it. */
const READER_PERMISSIONS = [
  ...["Database", "Dataset", "Chart", "Dashboard"].flatMap((kind) => [`can_read on ${kind}`, `can_export on ${kind}`]),
  "can_export on ImportExportRestApi",
  "can_read on CurrentUserRestApi",
  "all_database_access on all_database_access",
  "all_datasource_access on all_datasource_access",
];

/** Makes a user who may read everything and write nothing. */
export async function createReader(server: TestServer): Promise<TestUser> {
  const role = await createRole(server, "Reader");
  const rows = await server.query(
    `SELECT pv.id, p.name || ' on ' || v.name AS permission FROM ab_permission_view pv
     JOIN ab_permission p ON p.id = pv.permission_id JOIN ab_view_menu v ON v.id = pv.view_menu_id`,
  );
  const ids = new Map(rows.map(({ id, permission }) => [permission, Number(id)]));
  const body = { permission_view_menu_ids: READER_PERMISSIONS.map((permission) => ids.get(permission)) };
  await clientOf(server).send("POST", `/api/v1/security/roles/${role.id}/permissions`, body, z.unknown());
  return createUser(server, "reader", role.name);
}

/** Makes a role with a name of its own. */
export async function createRole(server: TestServer, prefix: string): Promise<{ id: number; name: string }> {
  const name = `${prefix} ${randomUUID().slice(0, 8)}`;
  const { id } = await clientOf(server).send("POST", "/api/v1/security/roles/", { name }, Made);
  return { id, name };
}
