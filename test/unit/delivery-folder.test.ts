import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import { packBundle } from "../../provider/src/extensions/pack";
import {
  makeBundle,
  makeFolder,
  readAsSuperset,
  readSound,
  readTree,
  withLease,
  writeExtension,
} from "../support/delivery";

const ID = "acme.panel";

/** A target with versions delivered one after another. */
async function deliver(...versions: readonly string[]) {
  const folder = makeFolder();
  const target = openTarget(folder);
  for (const version of versions) {
    const bundle = await makeBundle(ID, version);
    await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  }
  const file = join(folder, `${ID}.supx`);
  return { folder, target, file, read: () => target.read(ID) };
}

test("a bundle lies under one name in a folder that is made for it", async () => {
  const folder = join(makeFolder(), "deep/extensions");
  const target = openTarget(folder);
  expect(await target.list()).toEqual([]);
  expect(existsSync(folder)).toBe(false);
  const bundle = await makeBundle(ID, "1.0.0");
  const { checksums } = bundle;
  const delivered = await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  expect(delivered).toEqual({
    id: ID,
    version: "1.0.0",
    checksum: checksums.whole,
    file: `${ID}.supx`,
    state: "intact",
  });
  expect(await target.list()).toEqual([delivered]);
  expect(await readAsSuperset(folder)).toEqual({ "acme.panel.supx": "acme.panel 1.0.0" });
});

test("what is there already is not written again, not even its time changes", async () => {
  const { folder, target } = await deliver("1.0.0");
  const before = listTimes(folder);
  const again = await makeBundle(ID, "1.0.0");
  await withLease(target, ID, (lease) => target.put(again, undefined, lease));
  expect(listTimes(folder)).toEqual(before);
});

function listTimes(folder: string) {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return names.map((name) => {
    const { mtimeNs, ctimeNs, ino } = statSync(join(folder, name), { bigint: true });
    return [name, mtimeNs, ctimeNs, ino];
  });
}

test("exactly one version before is kept; a rollback changes the two, and a second one takes it back", async () => {
  const { folder, target, read } = await deliver("1.0.0", "1.1.0", "1.2.0");
  expect(readdirSync(join(folder, ".pulumi-superset/previous", ID))).toHaveLength(1);
  expect(await read()).toMatchObject({ version: "1.2.0", previous: { version: "1.1.0" } });
  const rolledBack = await withLease(target, ID, (lease) => target.rollback(ID, lease));
  expect(rolledBack).toMatchObject({ version: "1.1.0", state: "intact", previous: { version: "1.2.0" } });
  expect(rolledBack.rolledBackFrom).toMatchObject({ version: "1.2.0" });
  expect(await readAsSuperset(folder)).toEqual({ "acme.panel.supx": "acme.panel 1.1.0" });
  const again = await withLease(target, ID, (lease) => target.rollback(ID, lease));
  expect(again).toMatchObject({ version: "1.2.0", state: "intact", previous: { version: "1.1.0" } });
  expect(again.rolledBackFrom).toBeUndefined();
});

test("without a version before, or with one that was damaged, a rollback changes nothing", async () => {
  const first = await deliver("1.0.0");
  await expect(withLease(first.target, ID, (lease) => first.target.rollback(ID, lease))).rejects.toThrow(
    "[delivery/no-previous]",
  );
  const second = await deliver("1.0.0", "1.1.0");
  const kept = join(second.folder, ".pulumi-superset/previous", ID);
  writeFileSync(join(kept, readdirSync(kept)[0] ?? ""), "something else");
  await expect(withLease(second.target, ID, (lease) => second.target.rollback(ID, lease))).rejects.toThrow(
    "[delivery/previous-damaged]",
  );
  expect(await second.read()).toMatchObject({ version: "1.1.0", state: "intact" });
});

test("a file that was changed or removed by hand is seen, and put right", async () => {
  const { folder, target, file, read } = await deliver("1.0.0", "1.1.0");
  const bundle = await makeBundle(ID, "1.1.0");
  const intact = readFileSync(file);
  writeFileSync(file, Buffer.concat([intact, Buffer.from("x")]));
  expect(await read()).toMatchObject({ version: "1.1.0", state: "changed" });
  rmSync(file);
  expect(await read()).toMatchObject({ version: "1.1.0", state: "missing" });
  await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  expect(await read()).toMatchObject({ version: "1.1.0", state: "intact", previous: { version: "1.0.0" } });
  copyFileSync(file, join(folder, "copy of it.supx"));
  expect(await read()).toMatchObject({ state: "changed" });
  await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  expect(await readAsSuperset(folder)).toEqual({ "acme.panel.supx": "acme.panel 1.1.0" });
  expect(readFileSync(file).equals(intact)).toBe(true);
});

test("what somebody else put there is told, goes when its id is delivered, and comes back with a rollback", async () => {
  const folder = makeFolder();
  const target = openTarget(folder);
  await packBundle(await makeBundle(ID, "0.9.0"), join(folder, ".by-hand.supx"));
  await packBundle(await makeBundle("other.one", "1.0.0"), join(folder, "other.supx"));
  writeFileSync(join(folder, "broken.supx"), "no bundle");
  expect(await target.list()).toMatchObject([
    { id: ID, version: "0.9.0", file: ".by-hand.supx", state: "foreign" },
    { id: "other.one", file: "other.supx", state: "foreign" },
  ]);
  const bundle = await makeBundle(ID, "1.0.0");
  await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  rmSync(join(folder, "broken.supx"));
  expect(await readAsSuperset(folder)).toEqual({
    "acme.panel.supx": "acme.panel 1.0.0",
    "other.supx": "other.one 1.0.0",
  });
  await withLease(target, ID, (lease) => target.rollback(ID, lease));
  expect(await readAsSuperset(folder)).toMatchObject({ "acme.panel.supx": "acme.panel 0.9.0" });
});

test("a bundle that lies on the target already is left as it is, and known from then on", async () => {
  const folder = makeFolder();
  const target = openTarget(folder);
  const file = join(folder, "panel-1.0.0.supx");
  await packBundle(await makeBundle(ID, "1.0.0"), file);
  const { mtimeNs, ctimeNs, ino } = statSync(file, { bigint: true });
  const bundle = await readSound("supx", file);
  await withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  expect(statSync(file, { bigint: true })).toMatchObject({ mtimeNs, ctimeNs, ino });
  expect(await target.list()).toMatchObject([{ id: ID, file: "panel-1.0.0.supx", state: "intact" }]);
  const inside = await readSound("folder", writeExtension(folder, "acme.other", "1.0.0"));
  await expect(withLease(target, "acme.other", (lease) => target.put(inside, undefined, lease))).rejects.toThrow(
    "[delivery/folder-in-target]",
  );
  const next = await makeBundle(ID, "1.1.0");
  await withLease(target, ID, (lease) => target.put(next, undefined, lease));
  expect(await readAsSuperset(folder)).toEqual({ "acme.panel.supx": "acme.panel 1.1.0" });
});

test("a signature goes with its bundle, and away with it", async () => {
  const { folder, target, read } = await deliver("1.0.0");
  const signature = join(folder, `${ID}.supx.sig`);
  const signed = await makeBundle(ID, "1.1.0");
  const put = (text?: string) => withLease(target, ID, (lease) => target.put(signed, text, lease));
  expect(await put("c2lnbmVk\n")).toMatchObject({ signature: "c2lnbmVk", state: "intact" });
  expect(readFileSync(signature, "utf8")).toBe("c2lnbmVk\n");
  writeFileSync(signature, "another\n");
  expect(await read()).toMatchObject({ state: "changed" });
  await put("c2lnbmVk");
  expect(await withLease(target, ID, (lease) => target.rollback(ID, lease))).toMatchObject({ version: "1.0.0" });
  expect(existsSync(signature)).toBe(false);
  await withLease(target, ID, (lease) => target.rollback(ID, lease));
  expect(await read()).toMatchObject({ version: "1.1.0", signature: "c2lnbmVk", state: "intact" });
});

test("nothing is left of an extension that was removed", async () => {
  const { folder, target, read } = await deliver("1.0.0", "1.1.0");
  await withLease(target, ID, (lease) => target.remove(ID, lease));
  expect(readTree(folder)).toEqual({});
  expect(await read()).toBeUndefined();
  await withLease(target, ID, (lease) => target.remove(ID, lease));
});

test("no id leads out of the folder, and the lock of another extension is no right to write", async () => {
  const { folder, target } = await deliver("1.0.0");
  for (const id of ["..", "../x.y", "a/b.c", ""])
    await expect(target.read(id)).rejects.toThrow("[delivery/id-invalid]");
  const record = join(folder, `.pulumi-superset/${ID}.json`);
  writeFileSync(record, readFileSync(record, "utf8").replace(`"${ID}.supx"`, `"../../${ID}.supx"`));
  expect(await target.list()).toMatchObject([{ state: "changed", isRecordDamaged: true }]);
  const bundle = await makeBundle("acme.other", "1.0.0");
  const lease = await target.lock(lockNameOf(ID), 0);
  if (lease === undefined) throw new Error("The lock is not to be had.");
  await expect(target.put(bundle, undefined, lease)).rejects.toThrow("The lock is of");
  await lease.release();
  await expect(target.remove(ID, lease)).rejects.toThrow("[delivery/lock-lost]");
});

test("what the system refuses is told with the folder, and the same again does the rest", async () => {
  const { folder, target, read } = await deliver("1.0.0");
  const blocked = join(folder, `.pulumi-superset/work/${ID}`);
  writeFileSync(blocked, "");
  const bundle = await makeBundle(ID, "1.1.0");
  const put = () => withLease(target, ID, (lease) => target.put(bundle, undefined, lease));
  await expect(put()).rejects.toThrow(`${folder}. [delivery/folder-trouble]`);
  expect(await read()).toMatchObject({ version: "1.0.0", state: "intact" });
  rmSync(blocked);
  expect(await put()).toMatchObject({ version: "1.1.0", state: "intact" });
});

test.each(["", "previous", `previous/${ID}`, "work", `work/${ID}`])(
  "a link at .pulumi-superset/%s is refused, and what it leads to stays as it is",
  async (place) => {
    const { folder, target } = await deliver("1.0.0", "1.1.0");
    const [elsewhere, own] = [makeFolder(), join(folder, ".pulumi-superset", place)];
    writeFileSync(join(elsewhere, "precious"), "");
    rmSync(own, { recursive: true, force: true });
    symlinkSync(elsewhere, own);
    const bundle = await makeBundle(ID, "1.2.0");
    await expect(withLease(target, ID, (lease) => target.put(bundle, undefined, lease))).rejects.toThrow(
      "[delivery/link-in-target]",
    );
    expect(readdirSync(elsewhere).filter((name) => name !== "locks")).toEqual(["precious"]);
  },
);

test("a folder in the place of a bundle is seen, and the others are told all the same", async () => {
  const { target, file } = await deliver("1.0.0");
  const other = await makeBundle("acme.other", "1.0.0");
  await withLease(target, "acme.other", (lease) => target.put(other, undefined, lease));
  rmSync(file);
  mkdirSync(file);
  expect(await target.list()).toMatchObject([{ state: "intact" }, { id: ID, state: "changed" }]);
});
