import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readZip } from "../../provider/src/core/read-zip";
import { partOf } from "../../provider/src/extensions/entry-names";
import { packBundle } from "../../provider/src/extensions/pack";
import { readBundle } from "../../provider/src/extensions/read-bundle";
import { bundleFiles, makeSupx, noise } from "../support/bundles";

const SEED = 20_260;
const CASES = 400;

const SOUND = makeSupx({ ...bundleFiles(), "frontend/dist/larger.js": noise(2_000) });
/** Where the headers of entries begin, and the record at the end. */
const HEADERS = ["PK\x03\x04", "PK\x01\x02", "PK\x05\x06"].flatMap((mark) => placesOf(Buffer.from(mark, "latin1")));

/** Numbers that lengths and offsets are read wrong with. */
const NUMBERS = [0, 1, 0x7f, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, SOUND.length];

type Edit = (bytes: Buffer) => Buffer;

const anywhere = fc.nat(SOUND.length - 1);
/** Most places of a header mean something; those of content are only summed. */
const inHeader = fc.tuple(fc.constantFrom(...HEADERS), fc.nat(45)).map(([start, offset]) => start + offset);
const place = fc.oneof({ weight: 3, arbitrary: inHeader }, { weight: 1, arbitrary: anywhere });

const flip = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
  ([at, bits]): Edit =>
    (bytes) => {
      if (at < bytes.length) bytes.writeUInt8(bytes.readUInt8(at) ^ bits, at);
      return bytes;
    },
);
const number = fc.tuple(inHeader, fc.constantFrom(...NUMBERS)).map(
  ([at, value]): Edit =>
    (bytes) => {
      if (at + 4 <= bytes.length) bytes.writeUInt32LE(value, at);
      return bytes;
    },
);
const cut = anywhere.map(
  (at): Edit =>
    (bytes) =>
      bytes.subarray(0, at),
);
const remove = fc.tuple(anywhere, fc.integer({ min: 1, max: 64 })).map(
  ([at, length]): Edit =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)]),
);
/** A header over another place, or pushed in there. */
const splice = fc.tuple(fc.constantFrom(...HEADERS), place, fc.integer({ min: 4, max: 120 }), fc.boolean()).map(
  ([from, to, length, isOver]): Edit =>
    (bytes) => {
      const piece = SOUND.subarray(from, from + length);
      return Buffer.concat([bytes.subarray(0, to), piece, bytes.subarray(isOver ? to + piece.length : to)]);
    },
);
const text = fc
  .tuple(anywhere, fc.constantFrom("../", "/", "\\", "\0", "PK\x05\x06", "PK\x06\x07", "manifest.json"))
  .map(
    ([at, word]): Edit =>
      (bytes) => {
        if (at < bytes.length) bytes.write(word, at, "latin1");
        return bytes;
      },
  );

const edits = fc.array(fc.oneof(flip, flip, number, number, cut, remove, splice, text), { minLength: 1, maxLength: 4 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "extensions-fuzz-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe(`a packed bundle with damage made at random (seed ${SEED}, ${CASES} cases)`, () => {
  it("is sound or has findings, and what is packed of it has what belongs in a bundle", async () => {
    const path = join(folder, "in/damaged.supx");
    const out = join(folder, "out/packed.supx");
    const outcomes = { sound: 0, refused: 0 };
    for (const name of [path, out]) mkdirSync(dirname(name), { recursive: true });
    const property = fc.asyncProperty(edits, async (made) => {
      const damaged = made.reduce<Buffer>((bytes, edit) => edit(bytes), Buffer.from(SOUND));
      writeFileSync(path, damaged);
      const { bundle, findings } = await readBundle({ kind: "supx", path });
      if (bundle === undefined) {
        outcomes.refused += 1;
        expect(findings.some(({ severity }) => severity === "error")).toBe(true);
      } else {
        outcomes.sound += 1;
        await packBundle(bundle, out);
        const packed = await readBundle({ kind: "supx", path: out });
        expect([packed.bundle?.checksums, packed.findings.length]).toEqual([bundle.checksums, findings.length]);
        for await (const entry of readZip(out)) expect(partOf(entry.path)).toBeDefined();
        rmSync(out);
      }
      expect(readFileSync(path).equals(damaged)).toBe(true);
      expect(readdirSync(folder, { recursive: true }).sort()).toEqual(["in", "in/damaged.supx", "out"]);
    });
    await fc.assert(property, { seed: SEED, numRuns: CASES });
    // Without both the damage would be too much or too little to try anything.
    expect(outcomes.sound).toBeGreaterThan(CASES / 50);
    expect(outcomes.refused).toBeGreaterThan(CASES / 2);
  });
});

function placesOf(mark: Buffer): number[] {
  const places: number[] = [];
  for (let at = SOUND.indexOf(mark); at >= 0; at = SOUND.indexOf(mark, at + 1)) places.push(at);
  return places;
}
