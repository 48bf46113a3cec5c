import { EventEmitter, once } from "node:events";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openAws } from "../../provider/src/aws/clients";
import { deleteObject, listObjects, type Prefix, replaceText } from "../../provider/src/aws/s3";
import { openTarget } from "../../provider/src/delivery/open-target";
import type { LockTimes } from "../../provider/src/delivery/s3-lock";
import { S3Shelf } from "../../provider/src/delivery/s3-shelf";
import { ShelfTarget } from "../../provider/src/delivery/shelf-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import { upsertExtensions } from "../../provider/src/delivery/upsert";
import { type AwsStandIn, startAws } from "../support/aws";
import { makeBundle, makeFolder, withLease, writeExtension } from "../support/delivery";

const ID = "acme.panel";
const REGION = "us-west-2";

let aws: AwsStandIn;
let at: Prefix;

beforeAll(async () => {
  aws = await startAws();
  for (const [name, value] of Object.entries(aws.environment)) vi.stubEnv(name, value);
  at = { aws: openAws({ region: REGION }), bucket: "extensions", prefix: "live/" };
});

afterAll(() => aws.close());

beforeEach(async () => {
  await aws.reset();
  await aws.makeBucket("extensions");
});

const open = () => openTarget(`s3://extensions/live?region=${REGION}`);

/** Nobody waits long for the dead of a test. */
const SOON: LockTimes = { pollMs: 10, renewMs: 1e9, deadMs: 1000 };

async function put(version: string, target = open()) {
  const bundle = await makeBundle(ID, version);
  return withLease(target, ID, (lease) => target.put(bundle, "c2ln", lease));
}

test("a bundle is delivered, replaced, rolled back and removed", async () => {
  const target = open();
  expect(await target.list()).toEqual([]);
  expect(await put("1.0.0")).toMatchObject({ version: "1.0.0", state: "intact", signature: "c2ln" });
  await put("1.1.0");
  expect(await put("1.2.0")).toMatchObject({ version: "1.2.0", state: "intact", previous: { version: "1.1.0" } });
  expect(await listObjects(at)).toEqual([`${ID}.supx`, `${ID}.supx.sig`]);
  expect(await listObjects(at, `.pulumi-superset/previous/${ID}/`)).toHaveLength(1);
  const rolledBack = await withLease(target, ID, (lease) => target.rollback(ID, lease));
  expect(rolledBack).toMatchObject({ version: "1.1.0", state: "intact", previous: { version: "1.2.0" } });
  expect(await target.list()).toEqual([rolledBack]);
  await withLease(target, ID, (lease) => target.remove(ID, lease));
  expect(await target.read(ID)).toBeUndefined();
  for (const folder of ["", ".pulumi-superset/", ".pulumi-superset/locks/", `.pulumi-superset/previous/${ID}/`])
    expect(await listObjects(at, folder)).toEqual([]);
});

test("what is there already is not written again, and no lock is taken for it", async () => {
  const folder = makeFolder();
  writeExtension(folder, ID, "1.0.0");
  const upsert = () =>
    upsertExtensions({ discovery: folder, target: open(), lockTimeoutMs: 1000, tell: () => undefined });
  expect(await upsert()).toMatchObject({ updated: 1, errors: 0 });
  aws.forgetCalls();
  expect(await upsert()).toMatchObject({ updated: 0, skipped: 1, errors: 0 });
  expect(aws.calls.filter(({ operation }) => !/^(Get|Head|List)/.test(operation))).toEqual([]);
});

test("an object that somebody changed, removed or put there is seen, and put right", async () => {
  const target = open();
  await put("1.0.0");
  await replaceText(at, `${ID}.supx`, "something else");
  expect(await target.read(ID)).toMatchObject({ version: "1.0.0", state: "changed" });
  expect(await put("1.0.0")).toMatchObject({ state: "intact" });
  await deleteObject(at, `${ID}.supx`);
  expect(await target.read(ID)).toMatchObject({ state: "missing" });
  expect(await put("1.0.0")).toMatchObject({ state: "intact" });
  await deleteObject(at, `.pulumi-superset/${ID}.json`);
  expect(await target.list()).toMatchObject([{ id: ID, version: "1.0.0", file: `${ID}.supx`, state: "foreign" }]);
  expect(await put("1.1.0")).toMatchObject({ state: "intact", previous: { version: "1.0.0" } });
});

/** Stops before the bundle takes its place, until it is let go on. */
class PausedShelf extends S3Shelf {
  readonly gate = new EventEmitter();

  override async publish(...given: Parameters<S3Shelf["publish"]>) {
    const opened = once(this.gate, "open");
    this.gate.emit("reached");
    await opened;
    return super.publish(...given);
  }
}

test("a writer that was paused, and lost its lock, overwrites nothing", async () => {
  await put("1.0.0");
  const shelf = new PausedShelf(at, SOON);
  const reached = once(shelf.gate, "reached");
  const paused = put("1.1.0", new ShelfTarget(shelf));
  await reached;
  // The record says 1.1.0 already, and 1.0.0 is there: the change did not take place yet.
  expect(await open().read(ID)).toMatchObject({ version: "1.0.0", state: "intact" });
  await put("1.2.0", new ShelfTarget(new S3Shelf(at, { ...SOON, renewMs: 100 })));
  shelf.gate.emit("open");
  await expect(paused).rejects.toThrow("[delivery/lock-lost]");
  expect(await open().read(ID)).toMatchObject({ version: "1.2.0", state: "intact", previous: { version: "1.0.0" } });
  expect(await put("1.2.0")).toMatchObject({ version: "1.2.0", state: "intact" });
});

test("two that believe to have the lock: the record of one is written, the other stops", async () => {
  await put("1.0.0");
  const bundles = await Promise.all(["1.1.0", "1.2.0"].map((version) => makeBundle(ID, version)));
  // A lock in name only.
  const lease = { name: lockNameOf(ID), assertHeld: () => undefined, release: async () => undefined };
  const ended = await Promise.allSettled(bundles.map((bundle) => open().put(bundle, undefined, lease)));
  const [won, ...others] = ended.flatMap((end) => (end.status === "fulfilled" ? [end.value] : []));
  expect(others).toEqual([]);
  expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "delivery/lock-lost" } });
  expect(await open().read(ID)).toEqual(won);
});

test("a holder that is alive keeps its lock; of one that died it is taken over", async () => {
  const alive = new S3Shelf(at, { ...SOON, renewMs: 100 });
  const other = new S3Shelf(at, SOON);
  const name = lockNameOf(ID);
  const held = await alive.lock(name, 0);
  expect(await other.lock(name, 2 * SOON.deadMs)).toBeUndefined();
  held?.assertHeld();
  await held?.release();
  const dead = await other.lock(name, 0);
  const next = await new S3Shelf(at, SOON).lock(name, 10 * SOON.deadMs);
  expect(next).toBeDefined();
  expect(() => dead?.assertHeld()).toThrow("[delivery/lock-lost]");
  await dead?.release();
  expect(await alive.lock(name, 0)).toBeUndefined();
  await next?.release();
});

test("ten at once deliver each extension once", async () => {
  const folder = makeFolder();
  for (const id of ["acme.one", "acme.two", "acme.three"]) writeExtension(folder, id, "1.0.0");
  const published: string[] = [];
  class CountingShelf extends S3Shelf {
    override async publish(...given: Parameters<S3Shelf["publish"]>) {
      published.push(given[1]);
      return super.publish(...given);
    }
  }
  const results = await Promise.all(
    Array.from({ length: 10 }, () => {
      const target = new ShelfTarget(new CountingShelf(at));
      return upsertExtensions({ discovery: folder, target, lockTimeoutMs: 30_000, tell: () => undefined });
    }),
  );
  expect(published.sort()).toEqual(["acme.one.supx", "acme.three.supx", "acme.two.supx"]);
  expect(results.reduce((sum, { updated }) => sum + updated, 0)).toBe(3);
  expect(results.every(({ discovered, errors }) => discovered === 3 && errors === 0)).toBe(true);
});

test("an upload whose connection broke is sent again; what AWS refuses is told", async () => {
  await aws.fail("s3", "PutObject", "time-out", 1);
  expect(await put("1.0.0")).toMatchObject({ state: "intact" });
  await aws.fail("s3", "*", "denied", 99);
  const list = () => open().list();
  await expect(list()).rejects.toThrow("s3:ListBucket");
});
