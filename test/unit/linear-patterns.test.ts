import { expect, it } from "vitest";
import { checkSecrets } from "../../provider/src/assets/rules/secrets";
import { redact } from "../../provider/src/core/redact";

/** Texts without any secret, on which a pattern may start again at every character. */
const TEXTS: readonly [string, (length: number) => string][] = [
  ["one long word", (length) => "a".repeat(length)],
  ["words with the signs of a scheme", (length) => "a+b.c-".repeat(length / 6)],
  ["many addresses", (length) => "http://example ".repeat(length / 15)],
];

const READERS: readonly [string, (text: string) => void][] = [
  ["redact", (text) => void redact(text)],
  [
    "the search for secrets in files",
    (text) => void checkSecrets({ kind: "dataset", path: "a.yaml", text: "", document: { sql: text } }),
  ],
];

/** The shortest of some runs: whatever else the machine does only makes a run longer. */
function measure(read: () => void): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    read();
    return performance.now() - start;
  });
  return Math.min(...times);
}

/** Times that say nothing, in milliseconds. */
const NOISE = 40;

it.each(READERS.flatMap(([reader, read]) => TEXTS.map(([name, make]) => ({ reader, read, name, make }))))(
  "$reader takes four times as long, not sixteen, for four times as much of $name",
  ({ read, make }) => {
    const small = make(15_000);
    const large = make(60_000);
    expect(measure(() => read(large))).toBeLessThan(Math.max(8 * measure(() => read(small)), NOISE));
  },
);
