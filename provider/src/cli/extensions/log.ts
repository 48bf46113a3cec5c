import { plainLine } from "../../core/plain-text";
import { redact } from "../../core/redact";
import type { Level } from "../../delivery/upsert";

/** From the least to the most important, named as Python names them: the lines stand beside Superset's own. */
export const LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"] as const satisfies readonly Level[];

/** `INFO - text`: other people's text cannot make a second line. */
export function formatLogLine(level: Level, text: string): string {
  return `${level} - ${plainLine(redact(text))}`;
}

/** Whether a line is told where only lines of a level and above are. */
export function isTold(level: Level, least: Level): boolean {
  return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(least);
}
