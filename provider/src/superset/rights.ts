import { z } from "zod";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import { describeAccount } from "./login";

/** What the account of a client may do on its server. */
export interface Rights {
  /** Whether it sees, and may change, what others own. */
  readonly isAdmin: boolean;
  /** As `can_write on Chart`. */
  readonly permissions: ReadonlySet<string>;
}

const MyRoles = z.object({
  result: z.object({ roles: z.record(z.string(), z.array(z.tuple([z.string(), z.string()]))) }),
});
/** Default of the server's setting AUTH_ROLE_ADMIN, which no endpoint tells. */
const ADMIN_ROLE = "Admin";

const known = new WeakMap<SupersetClient, Promise<Rights>>();

/** Asks, once for each client, what its account may do. */
export function readRights(client: SupersetClient): Promise<Rights> {
  const asked = known.get(client);
  if (asked !== undefined) return asked;
  const asking = askRights(client).catch((error: unknown) => {
    known.delete(client);
    throw error;
  });
  known.set(client, asking);
  return asking;
}

async function askRights(client: SupersetClient): Promise<Rights> {
  try {
    const { roles } = (await client.get("/api/v1/me/roles/", MyRoles)).result;
    const permissions = Object.values(roles).flatMap((list) => list.map(([name, view]) => `${name} on ${view}`));
    return { isAdmin: Object.hasOwn(roles, ADMIN_ROLE), permissions: new Set(permissions) };
  } catch (error) {
    // Who may not even ask this may do nothing that matters here.
    if (!(error instanceof SupersetError) || error.status !== 403) throw error;
    return { isAdmin: false, permissions: new Set() };
  }
}

const ALL_DATABASES = "all_database_access on all_database_access";
const ALL_DATASETS = "all_datasource_access on all_datasource_access";

/** The kinds of which Superset's lists and exports leave something out for an account, without a word. */
export function listPartlySeen({ isAdmin, permissions }: Rights): AssetKind[] {
  if (isAdmin) return [];
  const seesDatabases = permissions.has(ALL_DATABASES);
  const seesDatasets = seesDatabases || permissions.has(ALL_DATASETS);
  const seen: Readonly<Record<AssetKind, boolean>> = {
    database: seesDatabases,
    dataset: seesDatasets,
    chart: seesDatasets,
    // Others see published ones and their own (`DashboardAccessFilter`).
    dashboard: false,
  };
  return ASSET_KINDS.filter((kind) => !seen[kind]);
}

/** The error, or the warning, for what an account does not see. */
export function seesPart({ connection }: SupersetClient, kinds: readonly AssetKind[]): ProblemError {
  const account = describeAccount(connection.auth);
  const isDrafts = kinds.every((kind) => kind === "dashboard");
  const what = isDrafts
    ? "no draft dashboards of other people"
    : `only those ${kinds.map((kind) => `${kind}s`).join(", ")} that it was granted`;
  return new ProblemError({
    code: "account/sees-part",
    summary: `On Superset at ${connection.url} ${account} sees ${what}: what seems absent may be there.`,
    remedy: isDrafts
      ? "Only the role Admin sees all of them."
      : "Give it the role Admin; or the permissions all_database_access and all_datasource_access (the role Alpha has them), with which only draft dashboards of other people stay hidden.",
    exitCode: 3,
    ...(connection.stack !== undefined && { place: { stack: connection.stack } }),
  });
}
