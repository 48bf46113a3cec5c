import { cpSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { FILE_OPERATIONS, type FileOperations } from "../../provider/src/delivery/file-operations";
import { FolderShelf } from "../../provider/src/delivery/folder-shelf";
import { openTarget } from "../../provider/src/delivery/open-target";
import { ShelfTarget } from "../../provider/src/delivery/shelf-target";
import type { ExtensionTarget, Lease } from "../../provider/src/delivery/target";
import { makeBundle, makeFolder, readAsSuperset, readTree, withLease } from "../support/delivery";

/** A process that ends in the middle of an operation leaves the disk as it is there, and does nothing after it. */

const ID = "acme.panel";

class Killed extends Error {}

/** File operations that end at one of them (from 0): before it, or with half of a file written. */
function killedAt(at: number): FileOperations & { readonly count: () => number } {
  let done = 0;
  const step =
    <A extends unknown[], R>(work: (...given: A) => Promise<R>, half?: (...given: A) => Promise<unknown>) =>
    async (...given: A): Promise<R> => {
      done += 1;
      if (done === at + 1) await half?.(...given);
      if (done > at) throw new Killed();
      return work(...given);
    };
  const { write, move, remove } = FILE_OPERATIONS;
  const writeHalf: FileOperations["write"] = (path, content) => write(path, takeHalf(content));
  return { write: step(write, writeHalf), move: step(move), remove: step(remove), count: () => done };
}

function takeHalf(content: Readable): Readable {
  return Readable.from(
    (async function* () {
      const parts = await content.toArray();
      const whole = Buffer.concat(parts);
      yield whole.subarray(0, whole.length / 2);
    })(),
  );
}

interface Case {
  /** Versions that are there before. */
  readonly before: readonly string[];
  /** What was done after them. */
  readonly later?: (target: ExtensionTarget, lease: Lease) => Promise<unknown>;
  /** A bundle that somebody else put there. */
  readonly foreign?: string;
  readonly work: (target: ExtensionTarget, lease: Lease) => Promise<unknown>;
  /** What Superset may read at any moment. */
  readonly seen: readonly (readonly string[])[];
  /** What is there in the end. */
  readonly after: object | undefined;
}

const bundles = {
  "1.0.0": makeBundle.bind(undefined, ID, "1.0.0"),
  "1.1.0": makeBundle.bind(undefined, ID, "1.1.0"),
  "1.2.0": makeBundle.bind(undefined, ID, "1.2.0"),
};

const put = (version: keyof typeof bundles) => async (target: ExtensionTarget, lease: Lease) =>
  target.put(await bundles[version](), `signature of ${version}`, lease);

const CASES: Readonly<Record<string, Case>> = {
  "a first delivery": {
    before: [],
    work: put("1.0.0"),
    seen: [[], ["1.0.0"]],
    after: { version: "1.0.0", state: "intact", signature: "signature of 1.0.0" },
  },
  "a new version": {
    before: ["1.0.0", "1.1.0"],
    work: put("1.2.0"),
    seen: [["1.1.0"], ["1.2.0"]],
    after: { version: "1.2.0", state: "intact", previous: { version: "1.1.0" } },
  },
  "the version before, once more": {
    before: ["1.0.0", "1.1.0"],
    work: put("1.0.0"),
    seen: [["1.1.0"], ["1.0.0"]],
    after: { version: "1.0.0", state: "intact", previous: { version: "1.1.0" } },
  },
  "a bundle in the place of somebody else's": {
    before: [],
    foreign: "1.0.0",
    work: put("1.1.0"),
    // Never none.
    seen: [["1.0.0"], ["1.0.0", "1.1.0"], ["1.1.0"]],
    after: { version: "1.1.0", state: "intact", previous: { version: "1.0.0" } },
  },
  "a rollback": {
    before: ["1.0.0", "1.1.0"],
    work: (target, lease) => target.rollback(ID, lease),
    seen: [["1.1.0"], ["1.0.0"]],
    after: {
      version: "1.0.0",
      state: "intact",
      previous: { version: "1.1.0" },
      rolledBackFrom: { version: "1.1.0" },
    },
  },
  "a rollback of a rollback": {
    before: ["1.0.0", "1.1.0"],
    later: (target, lease) => target.rollback(ID, lease),
    work: (target, lease) => target.rollback(ID, lease),
    seen: [["1.0.0"], ["1.1.0"]],
    after: { version: "1.1.0", state: "intact", previous: { version: "1.0.0" } },
  },
  "a removal": {
    before: ["1.0.0", "1.1.0"],
    work: (target, lease) => target.remove(ID, lease),
    seen: [["1.1.0"], []],
    after: undefined,
  },
};

async function prepare({ before, foreign, later }: Case): Promise<string> {
  const folder = makeFolder();
  const target = openTarget(folder);
  for (const version of before)
    await withLease(target, ID, (lease) => put(version as keyof typeof bundles)(target, lease));
  if (later !== undefined) await withLease(target, ID, (lease) => later(target, lease));
  if (foreign !== undefined) {
    const other = makeFolder();
    const from = openTarget(other);
    await withLease(from, ID, (lease) => put(foreign as keyof typeof bundles)(from, lease));
    cpSync(join(other, `${ID}.supx`), join(folder, "by-hand.supx"));
  }
  return folder;
}

test.for(Object.entries(CASES))(
  "%s that is killed at any step is brought to its end by the next one",
  async ([, given]) => {
    const start = await prepare(given);
    for (let at = 0, isEnded = false; !isEnded; at += 1) {
      const folder = copyOf(start);
      const operations = killedAt(at);
      isEnded = await killAt(operations, folder, given.work);
      expect(given.seen, `killed at step ${at}`).toContainEqual(await readVersions(folder));
      if (isEnded) expect(operations.count()).toBeGreaterThan(4);
      const next = openTarget(folder);
      if (!isEnded) await withLease(next, ID, (lease) => given.work(next, lease));
      expect(await next.read(ID), `killed at step ${at}`).toEqual(given.after && expect.anything());
      if (given.after !== undefined) expect(await next.read(ID)).toMatchObject(given.after);
      expect(Object.keys(await readAsSuperset(folder))).toEqual(given.after ? [`${ID}.supx`] : []);
      await expectNoRemains(folder);
    }
  },
);

/** A later delivery leaves its bundle, the one before, and nothing of what was killed. */
async function expectNoRemains(folder: string): Promise<void> {
  const target = openTarget(folder);
  const had = await target.read(ID);
  const bundle = await makeBundle(ID, "2.0.0");
  expect(await withLease(target, ID, (lease) => target.put(bundle, undefined, lease))).toMatchObject({
    ...{ version: "2.0.0", state: "intact" },
    ...(had && { previous: { version: had.version } }),
  });
  const kept = had ? [expect.stringMatching(`^.pulumi-superset/previous/${ID}/[0-9a-f]{64}.supx$`)] : [];
  expect(Object.keys(readTree(folder))).toEqual([`.pulumi-superset/${ID}.json`, ...kept, `${ID}.supx`]);
}

const rollback: Case["work"] = (target, lease) => target.rollback(ID, lease);

interface OtherWay {
  readonly killed: Case["work"];
  readonly next: Case["work"];
  /** Versions in the end, and before it: where the killed one did not take place, and where it did. */
  readonly undone: readonly [string, string];
  readonly done: readonly [string, string];
}

const OTHER_WAYS: Readonly<Record<string, OtherWay>> = {
  "a rollback, then a start with the version that was to go": {
    ...{ killed: rollback, next: put("1.1.0") },
    ...{ undone: ["1.1.0", "1.0.0"], done: ["1.1.0", "1.0.0"] },
  },
  "a new version, then a start with the one before": {
    ...{ killed: put("1.2.0"), next: put("1.1.0") },
    ...{ undone: ["1.1.0", "1.0.0"], done: ["1.1.0", "1.2.0"] },
  },
  "a new version, then a rollback": {
    ...{ killed: put("1.2.0"), next: rollback },
    ...{ undone: ["1.0.0", "1.1.0"], done: ["1.1.0", "1.2.0"] },
  },
};

test.for(Object.entries(OTHER_WAYS))(
  "%s: killed at any step it loses no version before",
  async ([, { killed, next, undone, done }]) => {
    const start = await prepare({ before: ["1.0.0", "1.1.0"], work: killed, seen: [], after: undefined });
    for (let at = 0; ; at += 1) {
      const folder = copyOf(start);
      if (await killAt(killedAt(at), folder, killed)) break;
      const [version, previous] = (await readVersions(folder)).join() === "1.1.0" ? undone : done;
      const target = openTarget(folder);
      await withLease(target, ID, (lease) => next(target, lease));
      expect(await target.read(ID), `killed at step ${at}`).toMatchObject({
        ...{ version, state: "intact", previous: { version: previous } },
      });
      expect(await readVersions(folder)).toEqual([version]);
    }
  },
);

/** @returns whether it came to its end before */
async function killAt(operations: FileOperations, folder: string, work: Case["work"]): Promise<boolean> {
  const target = new ShelfTarget(new FolderShelf(folder, operations));
  return withLease(target, ID, (lease) => work(target, lease)).then(
    () => true,
    (error) => {
      if (error instanceof Killed) return false;
      throw error;
    },
  );
}

/** Versions that Superset reads. */
async function readVersions(folder: string): Promise<string[]> {
  return Object.values(await readAsSuperset(folder))
    .map((text) => text.split(" ")[1] ?? "")
    .sort();
}

function copyOf(folder: string): string {
  const copy = makeFolder();
  cpSync(folder, copy, { recursive: true });
  return copy;
}
