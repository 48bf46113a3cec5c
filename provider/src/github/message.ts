import { z } from "zod";
import { fitMarkdown } from "../core/markdown";

/** GitHub refuses longer texts of comments and issues. */
export const LONGEST_BODY = 65_536;

/** A comment or an issue, as GitHub answers it; a proxy in between may answer anything. */
export const messageSchema = z.object({
  id: z.number(),
  body: z.string().nullish(),
  html_url: z.string(),
  user: z.object({ login: z.string() }).nullish(),
});

export type Message = z.output<typeof messageSchema>;

/** What people do not see of a text, and what it is found again by. */
export function formatMarker(marker: string): string {
  return `<!-- pulumi-superset: ${marker} -->`;
}

/** A text with its marker, as long as GitHub takes it. */
export function toBody(marker: string, text: string): string {
  const head = `${formatMarker(marker)}\n`;
  return head + fitMarkdown(text.trimEnd(), LONGEST_BODY - head.length);
}

/** Whether a text is ours: anybody can copy a marker, and an author has many texts. */
export function isOurs({ body, user }: Pick<Message, "body" | "user">, marker: string, author: string): boolean {
  return user?.login === author && (body ?? "").split(/\r?\n/, 1)[0] === formatMarker(marker);
}
