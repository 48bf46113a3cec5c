/** A commit of 40 characters that starts so. */
export function commitOf(start: string): string {
  return start.padEnd(40, "0");
}
