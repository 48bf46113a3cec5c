/** How long an environment lives: a number of hours, or until its pull request is closed. */
export type TimeToLive = { readonly hours: number } | "close";

/** What is offered as labels. */
export const OFFERED_TIMES = ["24h", "48h", "72h", "1w", "close"] as const;

/** The default, and the most unless `maxAge` of the settings says otherwise. */
export const DEFAULT_TIME = "48h";

const HOURS = { h: 1, d: 24, w: 168 } as const;

/** Reads `24h`, `3d`, `1w` or `close`; undefined for anything else (`10hours`, `0h`). */
export function parseTimeToLive(text: string): TimeToLive | undefined {
  if (text === "close") return "close";
  const [, count, unit] = /^([1-9]\d{0,3})([hdw])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return { hours: Number(count) * HOURS[unit as keyof typeof HOURS] };
}

/** The text of a time to live, in hours below a week: `48h`, `1w`, `close`. */
export function formatTimeToLive(time: TimeToLive): string {
  if (time === "close") return "close";
  if (time.hours % HOURS.w === 0) return `${time.hours / HOURS.w}w`;
  // More than four digits would not be read again.
  return time.hours > 9999 ? `${time.hours / HOURS.d}d` : `${time.hours}h`;
}

/**
 * A time to live that is not longer than allowed.
 *
 * @param most `close`: no limit
 * @returns the time, and whether it had to be cut; `close` is cut too, because a pull request may stay open for ever
 */
export function limitTimeToLive(
  time: TimeToLive,
  most: TimeToLive,
): { readonly time: TimeToLive; readonly isCut: boolean } {
  if (most === "close") return { time, isCut: false };
  const isCut = time === "close" || time.hours > most.hours;
  return isCut ? { time: most, isCut } : { time, isCut };
}

/** When an environment expires; undefined where it lives until its pull request is closed. */
export function expiryOf(created: Date, time: TimeToLive): Date | undefined {
  return time === "close" ? undefined : new Date(created.getTime() + time.hours * 3_600_000);
}

/** To the minute, as people read it: `2024-01-15 14:30 UTC`. */
export function formatMinute(moment: Date): string {
  return `${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
