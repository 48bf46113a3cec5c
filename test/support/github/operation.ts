import type { z } from "zod";

/** What the stand-in answers. */
export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request, as an operation sees it. */
export interface Request {
  /** What stands in the path, by its name in the route. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Where it came in, without the query. */
  readonly address: string;
}

/** One operation of GitHub's REST API. */
export interface Operation {
  /** As GitHub's description names it. */
  readonly route: string;
  readonly run: (request: Request) => Answer;
}

/** What an operation reads of a body that the description allows. */
export function readBody<T extends z.ZodType>(schema: T, { body }: Request): z.output<T> {
  return schema.parse(body ?? {});
}

/** What stands in the path of a request that this operation answers. */
export function matchRoute(route: string, method: string, path: string): Record<string, string> | undefined {
  const [wanted, pattern = ""] = route.split(" ");
  if (wanted !== method) return undefined;
  const parts = pattern.split("/");
  const given = path.split("/");
  if (parts.length !== given.length) return undefined;
  const found: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const text = decodeURIComponent(given[index] ?? "");
    if (part.startsWith("{")) found[part.slice(1, -1)] = text;
    else if (part !== text) return undefined;
  }
  return found;
}

/** There is no such thing, or the token may not see it. */
export function notFound(message = "Not Found"): Answer {
  return { status: 404, body: { message } };
}

/** What GitHub says of values that it does not take. */
export function invalid(message: string, errors: readonly object[] = []): Answer {
  return { status: 422, body: { message, errors } };
}

/** 30 a page, at most 100, and a link to the next. */
export function page(all: readonly unknown[], { query, address }: Request): Answer {
  const size = Math.min(Number(query.get("per_page") ?? 30), 100);
  const at = Number(query.get("page") ?? 1);
  const body = all.slice((at - 1) * size, at * size);
  if (at * size >= all.length) return { status: 200, body };
  const next = new URLSearchParams(query);
  next.set("page", String(at + 1));
  return { status: 200, body, headers: { link: `<${address}?${next.toString()}>; rel="next"` } };
}
