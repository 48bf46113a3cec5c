import { z } from "zod";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { exclusively } from "./exclusive";
import { putValues } from "./put";
import { readRows } from "./rows";

/** A role that may read a dataset by a grant of its own. */
export interface GrantedRole {
  readonly id: number;
  readonly name: string;
  /** All its permissions: Superset only writes them as a whole. */
  readonly permissions: readonly number[];
}

const Resource = z.object({ id: z.number(), name: z.string() });
const Permission = z.object({ id: z.number(), permission: z.object({ name: z.string() }) });
const Roles = z.object({
  result: z
    .array(z.object({ id: z.number(), name: z.string(), permission_ids: z.array(z.number()) }))
    .transform((roles) => roles.map(({ permission_ids, ...role }) => ({ ...role, permissions: permission_ids }))),
});

/** A list that others filter at the same moment may miss rows (see `lookup.ts`): absent is what was absent twice. */
const READINGS = 2;
/** Superset's own list of roles has no upper limit for a page. */
const ALL_ROLES = 10_000;

/** The grants of a dataset. */
export interface Grants {
  /** The id of the permission to read it. */
  readonly permission: number;
  readonly roles: readonly GrantedRole[];
}

/** The roles that may read a dataset by a grant of its own. */
export function readGrants(client: SupersetClient, dataset: number): Promise<Grants> {
  return exclusively(client, "grants", async () => {
    const permission = await readPermission(client, dataset);
    return { permission, roles: await readRoles(client, permission) };
  });
}

/** Lets every role read a dataset that may read another one by a grant. */
export async function copyGrants(client: SupersetClient, from: Grants, to: number): Promise<void> {
  if (from.roles.length === 0) return;
  await exclusively(client, "grants", async () => {
    const permission = await readPermission(client, to);
    // Read once more: another replacement may have given these roles something in the meantime.
    for (const { id, permissions } of await readRoles(client, from.permission)) {
      if (permissions.includes(permission)) continue;
      const body = { permission_view_menu_ids: [...permissions, permission] };
      await putValues(client, `/api/v1/security/roles/${id}/permissions`, body, "POST");
    }
  });
}

async function readRoles(client: SupersetClient, permission: number): Promise<GrantedRole[]> {
  const query = `(filters:!((col:permission_ids,opr:eq,value:'${permission}')),page:0,page_size:${ALL_ROLES})`;
  return (await client.get(`/api/v1/security/roles/search/?q=${query}`, Roles)).result;
}

/** The id of the permission to read a dataset. */
async function readPermission(client: SupersetClient, dataset: number): Promise<number> {
  for (let reading = 0; reading < READINGS; reading++) {
    // Its name also holds those of database and table, which change; the end is the dataset's alone.
    const byEnd = `(col:name,opr:ew,value:'${encodeURIComponent(`](id:${dataset})`)}')`;
    const [resource] = await readRows(
      client,
      "security/resources",
      { columns: ["id", "name"], order: "id", filters: byEnd },
      Resource,
    );
    if (resource === undefined) continue;
    const ofResource = `(col:view_menu,opr:rel_o_m,value:${resource.id})`;
    const permissions = await readRows(
      client,
      "security/permissions-resources",
      { columns: ["id", "permission.name"], order: "id", filters: ofResource },
      Permission,
    );
    const found = permissions.find(({ permission }) => permission.name === "datasource_access");
    if (found !== undefined) return found.id;
  }
  throw new ProblemError({
    code: "replace/grants-unknown",
    summary: `Superset has no permission for the dataset with the id ${dataset}, so nobody can tell which roles may read it; it was not replaced.`,
    remedy: "Run `superset init` on the server, which makes missing permissions, or use `replace: inPlace`.",
    exitCode: 3,
  });
}
