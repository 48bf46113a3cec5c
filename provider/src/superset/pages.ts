import { z } from "zod";
import type { SupersetClient } from "./client";

/**
 * Reads all rows of a list, page after page: lists of one kind that are read at the same time disturb each other
 * (`lookup.ts`).
 *
 * @param pathOf the path of a page, from 0
 */
export async function readPages<Row>(
  client: SupersetClient,
  pathOf: (page: number) => string,
  row: z.ZodType<Row>,
): Promise<Row[]> {
  const schema = z.object({ count: z.number(), result: z.array(row) });
  const rows: Row[] = [];
  for (let page = 0; ; page++) {
    const { count, result } = await client.get(pathOf(page), schema);
    rows.push(...result);
    if (result.length === 0 || rows.length >= count) return rows;
  }
}

/** A text as rison writes it inside an address. */
export function quoteRison(text: string): string {
  return encodeURIComponent(`'${text.replace(/[!']/g, "!$&")}'`);
}
