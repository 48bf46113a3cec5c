import { z } from "zod";
import type { SupersetClient } from "./client";
import { readRights } from "./rights";

/** Who this program is on the server. */
export interface OwnAccount {
  readonly id: number;
  readonly username: string;
  /**
   * Whether it may change what others own. Superset never lets another account take itself off the owners
   * (`populate_owner_list`).
   */
  readonly isAdmin: boolean;
}

const Me = z.object({ result: z.object({ id: z.number(), username: z.string() }) });

/** Asks who we are on the server. */
export async function readOwnAccount(client: SupersetClient): Promise<OwnAccount> {
  const [me, { isAdmin }] = await Promise.all([client.get("/api/v1/me/", Me), readRights(client)]);
  return { ...me.result, isAdmin };
}
