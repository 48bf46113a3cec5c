import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import type { UpsertOptions } from "../../provider/src/delivery/upsert";
import { signatureFile, signBundle, signedPart } from "../../provider/src/extensions/signature";
import { makeFolder, readAsSuperset, readSound, upsertWithLog, withLease, writeExtension } from "../support/delivery";

const ID = "acme.panel";

/** A folder with one extension, and a target. */
function prepare() {
  const [discovery, folder] = [makeFolder(), join(makeFolder(), "extensions")];
  const source = writeExtension(discovery, ID, "1.0.0");
  const target = openTarget(folder);
  const run = async (more: Partial<UpsertOptions> = {}) => {
    const { result, lines } = await upsertWithLog({ discovery, target, ...more });
    return { result, lines, last: result.summary ?? lines.at(-1) };
  };
  return { discovery, folder, source, target, run };
}

test("what differs is delivered, the rest is left alone, and the last line counts", async () => {
  const { discovery, folder, run } = prepare();
  writeExtension(discovery, "acme.other", "1.0.0");
  expect((await run()).last).toBe(
    "Extension update check completed successfully. Discovered: 2, Updated: 2, Skipped: 0, Errors: 0",
  );
  const before = readdirSync(folder, { recursive: true, encoding: "utf8" }).map(
    (name) => statSync(join(folder, name)).mtimeMs,
  );
  expect((await run()).last).toContain("Discovered: 2, Updated: 0, Skipped: 2, Errors: 0");
  expect(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => statSync(join(folder, name)).mtimeMs),
  ).toEqual(before);
  writeExtension(discovery, ID, "1.1.0");
  const { result, lines } = await run();
  expect(result).toMatchObject({ discovered: 2, updated: 1, skipped: 1, errors: 0 });
  expect(lines).toContain("INFO - acme.panel 1.1.0: delivered, in the place of 1.0.0.");
  expect(lines).toContain("DEBUG - acme.other 1.0.0: unchanged.");
});

test("without a folder, or with one that is not there, nothing is done and the start goes on", async () => {
  const { folder, run } = prepare();
  const unset = await run({ discovery: undefined });
  expect(unset.lines).toEqual([expect.stringMatching(/^INFO - .*SUPERSET_EXTENSIONS_PATH.*skipped/)]);
  const missing = await run({ discovery: join(folder, "nowhere") });
  expect(missing.last).toMatch(/^WARNING - .*nowhere/);
  expect(missing.result).toMatchObject({ discovered: 0, problem: { code: "extensions/folder-missing" } });
});

test("a bad bundle is a warning, and the others go on", async () => {
  const { discovery, folder, run } = prepare();
  writeFileSync(join(discovery, "broken.supx"), "no bundle");
  const { result, lines } = await run();
  expect(result).toMatchObject({ discovered: 2, updated: 1, skipped: 0, errors: 1 });
  expect(lines).toContainEqual(expect.stringMatching(/^WARNING - .*broken\.supx.*zip-invalid/));
  expect(await readAsSuperset(folder)).toEqual({ "acme.panel.supx": "acme.panel 1.0.0" });
});

test("what somebody else delivers is skipped, and is no error", async () => {
  const { target, run } = prepare();
  await withLease(target, ID, async () => {
    const { result, lines } = await run({ lockTimeoutMs: 100 });
    expect(result).toMatchObject({ updated: 0, skipped: 1, errors: 0 });
    expect(lines).toContainEqual(expect.stringMatching(/^INFO - acme\.panel 1\.0\.0: somebody else/));
  });
});

test("an extension that cannot be written is an error, and the others go on", async () => {
  const { discovery, folder, run } = prepare();
  writeExtension(discovery, "acme.other", "1.0.0");
  mkdirSync(join(folder, `${ID}.supx`), { recursive: true });
  const { result, lines } = await run();
  expect(result).toMatchObject({ discovered: 2, updated: 1, errors: 1 });
  expect(lines).toContainEqual(expect.stringMatching(/^ERROR - acme\.panel 1\.0\.0: /));
  expect((await run({ target: openTarget(join(discovery, `${ID}-folder/dist/manifest.json`)) })).last).toMatch(
    /^WARNING - .*delivery\/folder-trouble/,
  );
});

test("what was rolled back stays so until another bundle comes", async () => {
  const { discovery, target, run } = prepare();
  await run();
  writeExtension(discovery, ID, "1.1.0");
  await run();
  await withLease(target, ID, (lease) => target.rollback(ID, lease));
  const { result, lines } = await run();
  expect(result).toMatchObject({ updated: 0, skipped: 1 });
  expect(lines).toContainEqual(expect.stringMatching(/^INFO - acme\.panel 1\.1\.0: it was rolled back to 1\.0\.0/));
  writeExtension(discovery, ID, "1.1.1");
  expect((await run()).result).toMatchObject({ updated: 1 });
  expect(await target.read(ID)).toMatchObject({ version: "1.1.1", previous: { version: "1.0.0" } });
  expect((await target.read(ID))?.rolledBackFrom).toBeUndefined();
});

test("where signatures are required, an unsigned or altered bundle is refused", async () => {
  const { discovery, source, target, run } = prepare();
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  const unsigned = await run({ requiredKey: publicKey });
  expect(unsigned.result).toMatchObject({ updated: 0, errors: 1 });
  expect(unsigned.lines).toContainEqual(expect.stringMatching(/^ERROR - .*extension\/unsigned/));
  const signature = signBundle(signedPart(await readSound("folder", source)), privateKey);
  writeFileSync(signatureFile(source), `${signature}\n`);
  expect((await run({ requiredKey: publicKey })).result).toMatchObject({ updated: 1, errors: 0 });
  expect(await target.read(ID)).toMatchObject({ signature, state: "intact" });
  writeExtension(discovery, ID, "1.0.0", "altered();\n");
  const altered = await run({ requiredKey: publicKey });
  expect(altered.lines).toContainEqual(expect.stringMatching(/^ERROR - .*extension\/signature-wrong/));
  expect(await target.read(ID)).toMatchObject({ signature, state: "intact" });
});

test("bundles that lie on the target itself are left there, and known after the first time", async () => {
  const { source, folder, target, run } = prepare();
  await run();
  rmSync(join(folder, ".pulumi-superset"), { recursive: true });
  const first = await run({ discovery: folder });
  expect(first.result).toMatchObject({ discovered: 1, updated: 1, errors: 0 });
  expect((await run({ discovery: folder })).result).toMatchObject({ discovered: 1, updated: 0, skipped: 1 });
  expect(await target.list()).toMatchObject([{ id: ID, state: "intact" }]);
  expect(statSync(source).isDirectory()).toBe(true);
});

test("each extension has a lock of its own", () => {
  expect(lockNameOf(ID)).toBe("extension_upsert:extension_name=acme.panel");
});
