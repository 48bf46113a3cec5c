import { z } from "zod";

/** Most that GraphQL gives at once. */
export const PAGE = 100;

/** Fragment of queries: whether there is more. */
export const PAGE_INFO = "pageInfo { hasNextPage endCursor }";

const pageInfoSchema = z.object({ hasNextPage: z.boolean(), endCursor: z.string().nullable() });

/** One page of a list of GraphQL. */
export function pageSchema<T extends z.ZodType>(node: T) {
  return z.object({ nodes: z.array(node), pageInfo: pageInfoSchema });
}

interface Page<T> {
  readonly nodes: readonly T[];
  readonly pageInfo: z.output<typeof pageInfoSchema>;
}

/**
 * All of a list whose first page is known.
 *
 * @param more asks for the page behind a cursor
 */
export async function readPages<T>(first: Page<T>, more: (cursor: string) => Promise<Page<T>>): Promise<T[]> {
  const all = [...first.nodes];
  let { hasNextPage, endCursor } = first.pageInfo;
  while (hasNextPage && endCursor !== null) {
    const page = await more(endCursor);
    all.push(...page.nodes);
    ({ hasNextPage, endCursor } = page.pageInfo);
  }
  return all;
}
