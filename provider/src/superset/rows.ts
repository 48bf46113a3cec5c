import { z } from "zod";
import type { SupersetClient } from "./client";
import { readListAlone } from "./exclusive";
import { listPath } from "./listing";

/** Rows that come and go meanwhile move others over the edges of pages: a further reading finds those. */
const READINGS = 3;

/** What rows are asked for. */
export interface RowQuery {
  readonly columns: readonly string[];
  /** A column that is not changed by what this program writes. */
  readonly order: string;
  /** In rison. */
  readonly filters?: string;
}

/** Reads all rows of a list, each once. */
export function readRows<Row extends { readonly id: number }>(
  client: SupersetClient,
  resource: string,
  query: RowQuery,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  return readListAlone(client, resource, () => readAll(client, resource, query, row));
}

async function readAll<Row extends { readonly id: number }>(
  client: SupersetClient,
  resource: string,
  query: RowQuery,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  const page = z.object({ count: z.number(), result: z.array(row) });
  const seen = new Map<number, Row>();
  for (let reading = 0; reading < READINGS; reading++) {
    let [total, told] = [0, 0];
    for (let number = 0; number === 0 || told < total; number++) {
      const { count, result } = await client.get(listPath(resource, { ...query, page: number }), page);
      if (result.length === 0) break;
      total = count;
      // A server may allow less on a page than what was asked for (FAB_API_MAX_PAGE_SIZE).
      told += result.length;
      for (const found of result) seen.set(found.id, found);
    }
    if (seen.size >= total) break;
  }
  return [...seen.values()];
}
