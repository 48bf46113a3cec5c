import stringWidth from "string-width";

/** Control characters except line end and tab, and those that turn the direction of writing. */
const CONTROL = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/gu;

/**
 * Other people's text without anything that a terminal would obey. What is left of an escape sequence stays readable:
 * patterns for whole sequences can be made to swallow text.
 */
export function plainText(text: string): string {
  return text.toWellFormed().replace(CONTROL, "");
}

/** JSON for programs, whole: what a terminal would obey is escaped. */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(
    CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Other people's text in one line. */
export function plainLine(text: string): string {
  return plainText(text).replace(/\s+/g, " ").trim();
}

/** Shortens a text to so many columns of a terminal. */
export function fitWidth(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  let fitting = "";
  for (const { segment } of SEGMENTER.segment(text)) {
    if (stringWidth(fitting + segment) > columns - 1) break;
    fitting += segment;
  }
  return `${fitting}…`;
}

/** Breaks a line between words into lines of at most so many columns; a longer word stands alone. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const joined = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && stringWidth(joined) <= columns) lines[lines.length - 1] = joined;
    else lines.push(word);
  }
  return lines;
}

/** What people take for one character may be several. */
const SEGMENTER = new Intl.Segmenter();

/** The width that all output for people keeps to. */
export const COLUMNS = 80;

/** `1 chart`, `2 charts`. */
export function count(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? "" : "s"}`;
}
