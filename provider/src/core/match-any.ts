import picomatch from "picomatch";

/** Whether a path or id fits one of the globs; hidden names count too. Without a glob nothing does. */
export function matchAny(globs: readonly string[]): (text: string) => boolean {
  return picomatch([...globs], { dot: true });
}
