import { z } from "zod";
import type { SupersetClient } from "./client";
import { listPath, PAGE_SIZE } from "./listing";

/** Rows that come and go meanwhile move others over the edges of pages: a further reading finds those. */
const READINGS = 3;

/** What rows are asked for. */
export interface RowQuery {
  readonly columns: readonly string[];
  /** A column that is not changed by what this program writes. */
  readonly order: string;
  /** In rison; only for lists that nobody else filters at the same time (see `lookup.ts`). */
  readonly filters?: string;
}

/** Reads all rows of a list, each once. */
export async function readRows<Row extends { readonly id: number }>(
  client: SupersetClient,
  resource: string,
  query: RowQuery,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  const page = z.object({ count: z.number(), result: z.array(row) });
  const seen = new Map<number, Row>();
  for (let reading = 0; reading < READINGS; reading++) {
    let total = 0;
    for (let start = 0; start === 0 || start < total; start += PAGE_SIZE) {
      const path = listPath(resource, { ...query, page: start / PAGE_SIZE });
      const { count, result } = await client.get(path, page);
      total = count;
      for (const found of result) seen.set(found.id, found);
    }
    if (seen.size >= total) break;
  }
  return [...seen.values()];
}
