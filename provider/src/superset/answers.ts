import { z } from "zod";
import { parseJson } from "../core/parse-json";
import { type RequestFacts, SupersetError } from "./errors";

/**
 * Reads an answer in the form that is expected of it.
 *
 * @throws SupersetError `superset/unexpected-answer`
 */
export function parseAnswer<T>(data: Buffer, schema: z.ZodType<T>, request: RequestFacts): T {
  const text = data.toString("utf8");
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data;
  throw new SupersetError(
    {
      code: "superset/unexpected-answer",
      summary: `${request.method} ${request.path.slice(0, 160)} at ${request.connection.url} was answered in an unknown form`,
      why: `${z.prettifyError(parsed.error)}; the answer begins with: ${text.slice(0, 200)}`,
      remedy: "Is this a Superset server of a version that this program knows (6.x)?",
    },
    request,
  );
}
