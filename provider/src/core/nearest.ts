import { distance } from "fastest-levenshtein";

/** Of the letters that may differ: two in a word of five, as two that were swapped count as two. */
const LARGEST_SHARE = 0.4;

/** A shorter word stands in too many others. */
const SHORTEST_PART = 3;

/**
 * Finds the word that was probably meant: few of the letters differ, or one of the two holds the other. Case
 * does not count.
 *
 * @param word what somebody wrote
 * @param known all that there is
 */
export function findNearest(word: string, known: Iterable<string>): string | undefined {
  const ranked = [...known].flatMap((candidate) => {
    const rank = rankOf(word.toLowerCase(), candidate.toLowerCase());
    return rank === undefined ? [] : [{ candidate, rank }];
  });
  return ranked.sort((left, right) => left.rank - right.rank)[0]?.candidate;
}

/** The end of a sentence about an unknown word: `; did you mean "strategy"?`, or nothing. */
export function suggestNearest(word: string, known: Iterable<string>): string {
  const nearest = findNearest(word, known);
  return nearest === undefined ? "" : `; did you mean "${nearest}"?`;
}

/** From 0, the same word, to 2: parts of each other come after all that is merely misspelt. */
function rankOf(word: string, candidate: string): number | undefined {
  const longest = Math.max(word.length, candidate.length);
  const share = distance(word, candidate) / Math.max(longest, 1);
  if (share <= LARGEST_SHARE) return share;
  const shortest = Math.min(word.length, candidate.length);
  const isPart = shortest >= SHORTEST_PART && (candidate.includes(word) || word.includes(candidate));
  return isPart ? 1 + share : undefined;
}
