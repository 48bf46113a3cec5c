import type { AssetKind } from "../assets/definition";
import type { SupersetClient } from "../superset/client";
import type { Inventory } from "../superset/inventory";
import type { IdRow } from "./ids";

/** What a check of the ids looks at. */
export interface IdsOnServer {
  readonly client: SupersetClient;
  readonly inventory: Inventory;
  /** The chosen assets of the stack and of the rest of the server. */
  readonly rows: readonly IdRow[];
}

/** Something wrong with an asset's ids. */
export interface IdFinding {
  readonly kind: AssetKind;
  /** UUID on the server, in lower case. */
  readonly uuid: string;
  /** A sentence without its subject: `shows the chart 7, which is not linked to it`. */
  readonly message: string;
}

/** One check; it only reads. */
export type IdCheck = (server: IdsOnServer) => Promise<readonly IdFinding[]>;

/** What `ids --check` looks at beyond the ids in the state, in this order. */
const CHECKS: readonly IdCheck[] = [];

/** Runs all checks, one after another, and adds what they find to the rows. */
export async function checkIds(server: IdsOnServer): Promise<IdRow[]> {
  const findings: IdFinding[] = [];
  for (const check of CHECKS) findings.push(...(await check(server)));
  return server.rows.map((row) => {
    const own = findings.filter(({ kind, uuid }) => kind === row.kind && uuid === row.targetUuid);
    return { ...row, findings: [...row.findings, ...own.map(({ message }) => message)] };
  });
}
