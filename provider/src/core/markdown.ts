import { plainLine, plainText } from "./plain-text";

/**
 * Other people's text as a block of code: the one form in which Markdown knows no mentions, links, images and HTML.
 *
 * @param language how GitHub colours it
 */
export function toCodeBlock(text: string, language = "text"): string {
  const fence = "`".repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${plainText(text).trimEnd()}\n${fence}`;
}

/** The same inside a line. */
export function toCodeSpan(text: string): string {
  const line = plainLine(text);
  if (line === "") return "` `";
  const fence = "`".repeat(longestRun(line) + 1);
  // Blanks at both ends are taken away again; without them, a backtick there would belong to the fence.
  const room = line.startsWith("`") || line.endsWith("`") ? " " : "";
  return `${fence}${room}${line}${room}${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}

/** What can be opened on one line and closed on another, and would swallow what follows. */
interface OpenParts {
  /** The fence of the block of code that is open. */
  fence: string | undefined;
  details: number;
}

/**
 * Cuts a text to a length, between lines, and says so; what is open there is closed.
 *
 * @param most in characters
 */
export function fitMarkdown(text: string, most: number): string {
  if (text.length <= most) return text;
  const room = most - LONGEST_END;
  const lines = text.split("\n");
  const open: OpenParts = { fence: undefined, details: 0 };
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length + 1;
    if (length > room) break;
    kept.push(line);
    follow(open, line);
  }
  const end = [
    ...(open.fence === undefined ? [] : [open.fence]),
    ...Array.from({ length: open.details }, () => "\n</details>"),
    `\n**Cut here: ${lines.length - kept.length} more lines.** The log of the run has all of it.`,
  ];
  return [...kept, ...end].join("\n");
}

/** What closes a cut text is never longer. */
const LONGEST_END = 1000;

function follow(open: OpenParts, line: string): void {
  const fence = /^(`{3,})/.exec(line)?.[1];
  if (open.fence !== undefined) {
    if (/^`{3,}\s*$/.test(line) && line.trim().length >= open.fence.length) open.fence = undefined;
  } else if (fence !== undefined) open.fence = fence;
  else if (line.startsWith("<details>")) open.details++;
  else if (line.startsWith("</details>")) open.details--;
}
