import { randomUUID } from "node:crypto";
import { z } from "zod";
import { createSupersetClient, type SupersetClient } from "../../provider/src/superset/client";
import type { TestServer } from "./servers";

const Made = z.object({ id: z.number() });

/** Makes something through Superset's own API, as its UI does; answers its id. */
export async function make(client: SupersetClient, path: string, body: object): Promise<number> {
  return (await client.send("POST", `/api/v1/${path}`, body, Made)).id;
}

/** Changes something as the UI does. */
export async function change(client: SupersetClient, path: string, body: object): Promise<void> {
  await client.send("PUT", `/api/v1/${path}`, body, z.unknown());
}

/** A role with a name of its own. */
export async function makeRole(client: SupersetClient, name: string): Promise<{ id: number; name: string }> {
  const unique = `${name} ${randomUUID().slice(0, 8)}`;
  return { id: await make(client, "security/roles/", { name: unique }), name: unique };
}

/** A user with these roles, and a client that is signed in as the user. */
export async function makeUser(
  server: TestServer,
  admin: SupersetClient,
  roles: readonly number[],
): Promise<{ id: number; client: SupersetClient }> {
  const username = `user-${randomUUID().slice(0, 8)}`;
  const password = `password-${username}`;
  const person = { first_name: "Some", last_name: "Body", email: `${username}@example.com`, active: true };
  const id = await make(admin, "security/users/", { ...person, username, password, roles });
  const client = createSupersetClient({ url: server.url, auth: { provider: "db", username, password } });
  return { id, client };
}

/** The id of one of Superset's own roles. */
export async function roleId(server: TestServer, name: string): Promise<number> {
  const [row] = await server.query(`SELECT id FROM ab_role WHERE name = '${name}'`);
  return Number(row?.id);
}

/** The id of a permission, such as `all_datasource_access` on the thing of the same name. */
export async function permissionId(server: TestServer, permission: string, thing: string): Promise<number> {
  const [row] = await server.query(
    `SELECT pv.id FROM ab_permission_view pv JOIN ab_permission p ON p.id = pv.permission_id
     JOIN ab_view_menu v ON v.id = pv.view_menu_id WHERE p.name = '${permission}' AND v.name = '${thing}'`,
  );
  return Number(row?.id);
}
