import { assetKey } from "../assets/asset-key";
import { ProblemError } from "../core/errors";
import type { Mapping } from "../identity/mapping";
import { isWrite } from "../plan/decide";
import type { PlannedAsset } from "../plan/plan-assets";
import type { SupersetClient } from "../superset/client";
import { describeAccount } from "../superset/login";
import { listImportPermissions } from "../superset/permission-names";
import { listPartlySeen, readRights, seesPart } from "../superset/rights";
import type { PlanSources } from "./make-plan";

/**
 * What this stack has deployed and an account only does not see would be created a second time.
 *
 * @throws ProblemError `account/sees-part`
 */
export async function assertGone(mapping: Mapping, { client, known, target }: PlanSources): Promise<void> {
  const absent = [...mapping].filter(
    ([{ kind, uuid }, { remote }]) => remote === undefined && known.get(assetKey(kind, uuid))?.target === target,
  );
  if (absent.length === 0) return;
  const kinds = listPartlySeen(await readRights(client));
  if (absent.some(([{ kind }]) => kinds.includes(kind))) throw seesPart(client, kinds);
}

/**
 * Finds what the server would refuse in the middle, or with success and nothing written: its importer leaves out in
 * silence what an account may not write.
 *
 * @returns the refusal `account/may-not-write`; undefined where the account may write it all
 */
export async function findMissingRights(
  planned: readonly PlannedAsset[],
  client: SupersetClient,
): Promise<ProblemError | undefined> {
  const kinds = planned.flatMap(({ decision, definition }) => (isWrite(decision.action) ? [definition.kind] : []));
  if (kinds.length === 0) return undefined;
  const { permissions } = await readRights(client);
  const missing = listImportPermissions(kinds).filter((permission) => !permissions.has(permission));
  // Of an account that is not told what it may do, nothing is known.
  if (permissions.size === 0 || missing.length === 0) return undefined;
  const { auth, url, stack } = client.connection;
  return new ProblemError({
    code: "account/may-not-write",
    summary: `On Superset at ${url} ${describeAccount(auth)} may not write what is to be deployed; nothing was written.`,
    why: `it lacks ${missing.join(", ")}`,
    remedy: "Give it a role with these permissions (Admin can do everything that is needed here).",
    exitCode: 3,
    ...(stack !== undefined && { place: { stack } }),
  });
}
