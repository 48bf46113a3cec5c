import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import type { UpsertOptions } from "../../provider/src/delivery/upsert";
import { signatureFile, signBundle, signedPart } from "../../provider/src/extensions/signature";
import { bundleOf, writeBundleFolder } from "../support/bundles";
import {
  makeBundle,
  makeFolder,
  readAsSuperset,
  readSound,
  readTree,
  upsertWithLog,
  withLease,
  writeExtension,
} from "../support/delivery";

const ID = "acme.panel";
const OTHER = "acme.zoom";

/** Two extensions in a folder, delivered: the first one twice, so that there is a version before. */
async function prepare() {
  const [discovery, folder] = [makeFolder(), makeFolder()];
  const target = openTarget(folder);
  const old = await makeBundle(ID, "0.9.0");
  await withLease(target, ID, (lease) => target.put(old, undefined, lease));
  const source = writeExtension(discovery, ID, "1.0.0");
  writeExtension(discovery, OTHER, "1.0.0");
  const run = async (more: Partial<UpsertOptions> = {}) => {
    const { result, lines } = await upsertWithLog({ discovery, target, ...more });
    return { ...result, lines };
  };
  await run();
  return { folder, target, source, run, record: join(folder, `.pulumi-superset/${ID}.json`) };
}

const makePipe = (path: string) => void execFileSync("mkfifo", [path]);

test.for<[string, (path: string) => void]>([
  ["that is no record", (path) => writeFileSync(path, '{"format": 1, "id": ')],
  ["of a later form", (path) => writeFileSync(path, '{"format": 2}')],
  ["that is a pipe", makePipe],
  [
    "that speaks of another extension's file",
    (path) => {
      const text = readFileSync(path.replace(ID, OTHER), "utf8");
      writeFileSync(path, text.replace(`"id": "${OTHER}"`, `"id": "${ID}"`));
    },
  ],
])("a record %s is told as damaged, and written anew", async ([, damage]) => {
  const { target, run, record, folder } = await prepare();
  rmSync(record);
  damage(record);
  expect(await target.read(ID)).toMatchObject({ version: "1.0.0", state: "changed", isRecordDamaged: true });
  const { updated, skipped, lines } = await run();
  expect({ updated, skipped }).toEqual({ updated: 1, skipped: 1 });
  expect(lines).toContainEqual(
    expect.stringMatching(/^WARNING - acme\.panel 1\.0\.0: .*nobody knows the version before/),
  );
  expect(await target.list()).toMatchObject([
    { id: ID, state: "intact" },
    { id: OTHER, state: "intact" },
  ]);
  expect(await readAsSuperset(folder)).toEqual({
    [`${ID}.supx`]: `${ID} 1.0.0`,
    [`${OTHER}.supx`]: `${OTHER} 1.0.0`,
  });
});

test("a folder in the place of a record is a damaged record, and put right", async () => {
  const { run, record, source, target } = await prepare();
  rmSync(record);
  mkdirSync(record);
  writeExtension(join(source, ".."), OTHER, "1.1.0");
  const { updated, errors, lines } = await run();
  expect({ updated, errors }).toEqual({ updated: 2, errors: 0 });
  expect(lines).toContainEqual(expect.stringMatching(/^WARNING - acme\.panel 1\.0\.0: .*nobody knows the version/));
  expect(await target.read(ID)).toMatchObject({ state: "intact" });
});

test("a damaged record whose file is gone is listed, says why there is no way back, and can be removed", async () => {
  const { target, folder, record } = await prepare();
  writeFileSync(record, "{");
  rmSync(join(folder, `${ID}.supx`));
  expect(await target.read(ID)).toMatchObject({ state: "missing", isRecordDamaged: true });
  await expect(withLease(target, ID, (lease) => target.rollback(ID, lease))).rejects.toThrow("cannot be read");
  await withLease(target, ID, (lease) => target.remove(ID, lease));
  expect(await target.read(ID)).toBeUndefined();
});

test("an extension.json that is a pipe holds up no delivery", async () => {
  const { source, run } = await prepare();
  const folder = join(source, "../built");
  mkdirSync(folder);
  makePipe(join(folder, "extension.json"));
  writeBundleFolder(folder, bundleOf("acme.built", "1.0.0"));
  expect((await run()).errors).toBe(0);
});

test("a kept version that is a pipe holds up no rollback", async () => {
  const { target, folder, source, run } = await prepare();
  writeExtension(join(source, ".."), ID, "1.1.0");
  await run();
  const kept = Object.keys(readTree(folder)).find((path) => path.includes("/previous/")) ?? "";
  rmSync(join(folder, kept));
  makePipe(join(folder, kept));
  const rollback = withLease(target, ID, (lease) => target.rollback(ID, lease));
  await expect(rollback).rejects.toThrow("[delivery/previous-damaged]");
});

test.for(["", "locks"])("a link at .pulumi-superset/%s leads no lock out of the target", async (name) => {
  const { folder, source, run } = await prepare();
  const [own, elsewhere] = [join(folder, ".pulumi-superset", name), makeFolder()];
  rmSync(own, { recursive: true });
  symlinkSync(elsewhere, own);
  writeExtension(join(source, ".."), ID, "1.1.0");
  const { lines } = await run();
  expect(lines).toContainEqual(expect.stringMatching(/^ERROR - acme\.panel 1\.1\.0: .*link-in-target/));
  expect(readdirSync(elsewhere)).toEqual([]);
});

test("a folder where the signature would be is named, and nothing in it is removed", async () => {
  const { folder, source, run } = await prepare();
  const precious = join(folder, `${ID}.supx.sig/precious`);
  mkdirSync(dirname(precious));
  writeFileSync(precious, "");
  writeExtension(join(source, ".."), ID, "1.1.0");
  const { lines } = await run();
  expect(lines).toContainEqual(expect.stringMatching(/^ERROR - acme\.panel 1\.1\.0: .*folder-in-the-way/));
  expect(existsSync(precious)).toBe(true);
});

test("a signature on the target that is a pipe is seen as changed, and put right", async () => {
  const { target, folder, run } = await prepare();
  makePipe(signatureFile(join(folder, `${ID}.supx`)));
  expect(await target.read(ID)).toMatchObject({ state: "changed" });
  await run();
  expect(await target.read(ID)).toMatchObject({ state: "intact" });
});

test.for<[string, (path: string) => void]>([
  [
    "a private key",
    (path) => writeFileSync(path, generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" })),
  ],
  ["a pipe", makePipe],
  ["a large file", (path) => writeFileSync(path, "A".repeat(1024 * 1024))],
  ["an empty file", (path) => writeFileSync(path, "")],
])("%s that lies where the signature belongs is refused, and its content goes nowhere", async ([, write]) => {
  const { source, run, folder } = await prepare();
  writeExtension(join(source, ".."), ID, "1.1.0");
  write(signatureFile(source));
  const before = readTree(folder);
  const { errors, lines } = await run();
  expect(errors).toBe(1);
  expect(lines).toContainEqual(
    expect.stringMatching(/^ERROR - acme\.panel 1\.1\.0: .*\[extension\/signature-malformed\]/),
  );
  expect(lines.join()).not.toMatch(/PRIVATE KEY|AAAA/);
  expect(readTree(folder)).toEqual(before);
});

test("a public key that is none is one warning, and nothing is delivered", async () => {
  const { source, run, folder } = await prepare();
  writeExtension(join(source, ".."), ID, "1.1.0");
  const before = readTree(folder);
  const { problem, lines } = await run({ requiredKey: "no key" });
  expect(problem?.code).toBe("extension/key-invalid");
  expect(lines.filter((line) => !line.startsWith("DEBUG"))).toEqual([
    expect.stringMatching(/^WARNING - .*no Ed25519 key in PEM.*skipped\.$/),
  ]);
  expect(readTree(folder)).toEqual(before);
});

test("a rollback that wants a signature brings back only what the key has signed, as it was signed", async () => {
  const pair = generateKeyPairSync("ed25519");
  const key = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const folder = makeFolder();
  const target = openTarget(folder);
  const deliver = async (version: string, signed: boolean) => {
    const bundle = await makeBundle(ID, version);
    const pem = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const signature = signed ? signBundle(signedPart(bundle), pem) : undefined;
    await withLease(target, ID, (lease) => target.put(bundle, signature, lease));
  };
  const rollback = () => withLease(target, ID, (lease) => target.rollback(ID, lease, key));
  await deliver("1.0.0", false);
  await deliver("1.1.0", true);
  await expect(rollback()).rejects.toThrow("[extension/unsigned]");
  await deliver("1.2.0", true);
  expect(await rollback()).toMatchObject({ version: "1.1.0", state: "intact" });

  // Who may write to the target can keep another bundle, and record it under the name of the signed one.
  const kept = Object.keys(readTree(folder)).find((path) => path.includes("/previous/")) ?? "";
  const [forged, evil] = [makeFolder(), await makeBundle(ID, "1.2.0", "evil()")];
  await withLease(openTarget(forged), ID, (lease) => openTarget(forged).put(evil, undefined, lease));
  const { sha256 } = JSON.parse(readFileSync(join(forged, `.pulumi-superset/${ID}.json`), "utf8")).current;
  copyFileSync(join(forged, `${ID}.supx`), join(folder, kept, "..", `${sha256}.supx`));
  const record = join(folder, `.pulumi-superset/${ID}.json`);
  const digest = /([0-9a-f]{64})\.supx$/.exec(kept)?.[1] ?? "";
  writeFileSync(record, readFileSync(record, "utf8").replace(digest, sha256));
  await expect(rollback()).rejects.toThrow("[delivery/previous-damaged]");
  expect(await readSound("supx", join(folder, `${ID}.supx`))).toMatchObject({ version: "1.1.0" });
});
