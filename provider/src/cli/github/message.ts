import { fitMarkdown, LONGEST_BODY } from "./markdown";

/** A comment or an issue, as GitHub answers it. */
export interface Message {
  readonly body?: string | null | undefined;
  readonly user?: { readonly login: string } | null | undefined;
}

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
export function isOurs({ body, user }: Message, marker: string, author: string): boolean {
  return user?.login === author && (body ?? "").split(/\r?\n/, 1)[0] === formatMarker(marker);
}
