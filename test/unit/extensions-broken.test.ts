import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readExtensions } from "../../provider/src/extensions/read-extensions";
import { readFile } from "../../provider/src/extensions/read-files";
import { RULES } from "../../provider/src/extensions/rules";
import { BROKEN_BUNDLES, CLASHING_BUNDLES } from "../support/broken-bundles";
import { bundleFiles, bundleOf, makeSupx, toEntries } from "../support/bundles";
import { makeRawZip } from "../support/raw-zip";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "extensions-broken-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe("a broken bundle gives one finding", () => {
  it.each(BROKEN_BUNDLES)("$title: $rule", async ({ rule, entry, write }) => {
    write(folder);
    const { bundles, findings, discovered } = await readExtensions(folder);
    expect(findings.map((finding) => [finding.rule, finding.entry])).toEqual([[rule, entry]]);
    expect(findings[0]?.severity).toBe(RULES[rule].severity);
    expect(bundles).toHaveLength(RULES[rule].severity === "error" ? 0 : 1);
    expect(discovered).toBe(1);
  });

  it("of every rule, and says what is wrong in words of its own", () => {
    const clashes = CLASHING_BUNDLES.map(({ rule }) => rule);
    const tried = new Set([...BROKEN_BUNDLES.map(({ rule }) => rule), ...clashes]);
    expect(Object.keys(RULES).filter((rule) => !tried.has(rule as keyof typeof RULES))).toEqual(["bundle-too-large"]);
    expect(new Set(Object.values(RULES).map(({ meaning }) => meaning)).size).toBe(Object.keys(RULES).length);
  });

  it.each(CLASHING_BUNDLES)("each, where several have one id: $title", async ({ rule, files }) => {
    for (const [name, bytes] of Object.entries({ ...files, "other.supx": makeSupx(bundleOf("acme.other")) }))
      writeFileSync(join(folder, name), bytes);
    const { bundles, findings } = await readExtensions(folder);
    const paths = Object.keys(files).map((name) => join(folder, name));
    expect(findings.map((finding) => finding.rule)).toEqual([rule, rule]);
    expect(findings.map(({ path }) => path).sort()).toEqual(paths.sort());
    for (const path of paths) expect(findings.find((finding) => finding.path !== path)?.summary).toContain(path);
    expect(bundles.map(({ id }) => id)).toEqual(["acme.other"]);
  });
});

describe("a bundle that is broken in many ways", () => {
  it("gives all findings at once", async () => {
    const manifest = { version: "1", name: "Hello", displayName: "" };
    const more = [
      { name: "../evil.js", content: "x" },
      { name: "frontend/" },
      { name: "README.md", content: "x" },
      { name: "frontend/dist/a.js", content: "x", crc: 1 },
    ];
    writeFileSync(join(folder, "a.supx"), makeSupx(bundleFiles(manifest), more));
    const { findings } = await readExtensions(folder);
    expect(findings.map(({ rule }) => rule).sort()).toEqual([
      ...["entry-corrupt", "entry-directory", "entry-outside", "entry-stray"],
      ...["manifest-field", "manifest-name", "manifest-version"],
    ]);
  });

  it("does not keep the others from being taken", async () => {
    writeFileSync(join(folder, "a.supx"), "no ZIP");
    writeFileSync(join(folder, "b.supx"), makeSupx(bundleOf("acme.b")));
    const { bundles, discovered } = await readExtensions(folder);
    expect([bundles.map(({ id }) => id), discovered]).toEqual([["acme.b"], 2]);
  });
});

describe("a bundle that is too large", () => {
  it("is refused by the number of its entries before they are read", async () => {
    const entries = Array.from({ length: 10_001 }, (_, index) => ({ name: `frontend/dist/${index}.js`, method: 0 }));
    writeFileSync(join(folder, "a.supx"), makeRawZip([...toEntries(bundleFiles()), ...entries]));
    const { findings } = await readExtensions(folder);
    expect(findings.map(({ rule, summary }) => [rule, summary])).toEqual([
      ["bundle-too-large", "it has 10005 entries"],
    ]);
  });

  it("is refused by what its entries say of their sizes, without unpacking any", async () => {
    const megabytes = 90 * 1024 * 1024;
    const stored = Buffer.alloc(1024 * 1024);
    const entries = Array.from({ length: 6 }, (_, index) => ({
      name: `frontend/dist/${index}.js`,
      size: megabytes,
      stored,
    }));
    writeFileSync(join(folder, "a.supx"), makeRawZip([...toEntries(bundleFiles()), ...entries]));
    const { findings } = await readExtensions(folder);
    expect(findings.map(({ rule, summary }) => [rule, summary])).toEqual([
      ["bundle-too-large", "its files have 541 MB together"],
    ]);
  });

  it("is not unpacked further than its entries say", async () => {
    let pieces = 0;
    async function* unpackForEver() {
      for (;;) {
        pieces += 1;
        yield Buffer.alloc(100);
      }
    }
    const read = await readFile({ path: "frontend/dist/a.js", size: 250, open: unpackForEver });
    expect([read, pieces]).toEqual([
      { path: "frontend/dist/a.js", wrong: "frontend/dist/a.js is longer than it says" },
      3,
    ]);
  });
});
