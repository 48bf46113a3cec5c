import { diffArrays } from "diff";

/**
 * Carries a change over to a text that says the same in another form: lines that the change does not touch keep the form
 * that they have.
 *
 * @param original the text in its own form
 * @param before the same in the form in which the change was made
 * @param after `before` with the change
 */
export function carryFormatting(original: string, before: string, after: string): string {
  const [own, base, changed] = [original.split("\n"), before.split("\n"), after.split("\n")];
  const form = matchLines(base, own, (left, right) => plainForm(left) === plainForm(right));
  const change = matchLines(base, changed, (left, right) => left === right);
  const lines: string[] = [];
  let done = 0;
  for (const { start, end, isChanged } of groupRegions(form, change)) {
    // Where both differ, the change counts.
    const [source, regions] = isChanged ? [changed, change] : [own, form];
    lines.push(...base.slice(done, start), ...source.slice(...rangeIn(regions, start, end)));
    done = end;
  }
  return [...lines, ...base.slice(done)].join("\n");
}

/** Lines of the base that stand otherwise in another text. */
interface Region {
  readonly start: number;
  readonly end: number;
  readonly otherStart: number;
  readonly otherEnd: number;
  /** One line in another form: what stands before and after it is certain. */
  readonly isPaired: boolean;
}

/** Blanks and quotes are what writers of YAML disagree about. */
function plainForm(line: string): string {
  return line.replace(/[\s'"]/g, "");
}

function matchLines(base: string[], other: string[], isAlike: (left: string, right: string) => boolean): Region[] {
  const regions: Region[] = [];
  let [line, otherLine] = [0, 0];
  let open: { start: number; otherStart: number } | undefined;
  const close = () => {
    if (open !== undefined) regions.push({ ...open, end: line, otherEnd: otherLine, isPaired: false });
    open = undefined;
  };
  for (const { added, removed, count } of diffArrays(base, other, { comparator: isAlike })) {
    if (added || removed) {
      open ??= { start: line, otherStart: otherLine };
      if (removed) line += count;
      else otherLine += count;
      continue;
    }
    close();
    for (let left = count; left > 0; left--, line++, otherLine++) {
      if (base[line] === other[otherLine]) continue;
      regions.push({ start: line, end: line + 1, otherStart: otherLine, otherEnd: otherLine + 1, isPaired: true });
    }
  }
  close();
  return regions;
}

interface Group {
  start: number;
  end: number;
  isChanged: boolean;
  isPaired: boolean;
}

function groupRegions(form: readonly Region[], change: readonly Region[]): Group[] {
  const sided = [
    ...form.map((region) => ({ ...region, isChanged: false })),
    ...change.map((region) => ({ ...region, isChanged: true })),
  ].sort((left, right) => left.start - right.start || left.end - right.end);
  const groups: Group[] = [];
  for (const { start, end, isChanged, isPaired } of sided) {
    const last = groups.at(-1);
    if (last === undefined || !belongs(last, { start, end, isPaired }))
      groups.push({ start, end, isChanged, isPaired });
    else Object.assign(last, { end: Math.max(last.end, end), isChanged: last.isChanged || isChanged, isPaired: false });
  }
  return groups;
}

/** Whether a region overlaps a group, or touches it where nobody could tell which of the two comes first. */
function belongs(group: Group, { start, end, isPaired }: Pick<Region, "start" | "end" | "isPaired">): boolean {
  if (start < group.end) return true;
  const isInsertion = start === end || group.start === group.end;
  return start === group.end && isInsertion && !isPaired && !group.isPaired;
}

/** Where lines of the base stand in the other text; both edges are edges of regions, or outside of all. */
function rangeIn(regions: readonly Region[], start: number, end: number): [number, number] {
  const before = regions.findLast((region) => region.end <= start && region.start < start);
  const within = regions.findLast((region) => region.end <= end);
  const toOther = (line: number, last: Region | undefined) =>
    last === undefined ? line : line - last.end + last.otherEnd;
  return [toOther(start, before), toOther(end, within)];
}
