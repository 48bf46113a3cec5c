import { z } from "zod";
import type { SupersetClient } from "./client";

/** Who this program is on the server. */
export interface OwnAccount {
  readonly id: number;
  /** Whether it may change what others own. */
  readonly isAdmin: boolean;
}

const Me = z.object({ result: z.object({ id: z.number() }) });
const MyRoles = z.object({ result: z.object({ roles: z.record(z.string(), z.unknown()) }) });
/** Default of the server's setting AUTH_ROLE_ADMIN, which no endpoint tells. */
const ADMIN_ROLE = "Admin";

/** Asks who we are on the server. */
export async function readOwnAccount(client: SupersetClient): Promise<OwnAccount> {
  const { id } = (await client.get("/api/v1/me/", Me)).result;
  const { roles } = (await client.get("/api/v1/me/roles/", MyRoles)).result;
  return { id, isAdmin: ADMIN_ROLE in roles };
}
