import pc from "picocolors";
import type { AssetKind } from "../assets/definition";
import type { SupersetClient } from "../superset/client";
import { listPartlySeen, readRights, seesPart } from "../superset/rights";
import { tell } from "./progress";

/** The kinds of which the account of a stack does not see everything; people are warned where there are any. */
export async function warnOfPart(client: SupersetClient): Promise<readonly AssetKind[]> {
  const kinds = listPartlySeen(await readRights(client));
  if (kinds.length > 0) tell(`${pc.yellow("warning:")} ${seesPart(client, kinds).message}`);
  return kinds;
}

/**
 * Refuses to call assets gone that the account may only not see.
 *
 * @throws ProblemError `account/sees-part`
 */
export async function assertGone(client: SupersetClient, gone: readonly { readonly kind: AssetKind }[]): Promise<void> {
  if (gone.length === 0) return;
  const kinds = listPartlySeen(await readRights(client));
  if (gone.some(({ kind }) => kinds.includes(kind))) throw seesPart(client, kinds);
}
