import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BundleSource, ExtensionBundle } from "../../provider/src/extensions/bundle";
import { compareBundles } from "../../provider/src/extensions/compare";
import { discoverBundles } from "../../provider/src/extensions/discover";
import { packBundle } from "../../provider/src/extensions/pack";
import { readBundle } from "../../provider/src/extensions/read-bundle";
import {
  type BundleContents,
  bundleFiles,
  MANIFEST,
  REMOTE_ENTRY,
  toEntries,
  writeBundleFolder,
} from "../support/bundles";
import { makeRawZip, type RawEntry } from "../support/raw-zip";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "extensions-checksum-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function readSound(source: BundleSource): Promise<ExtensionBundle> {
  const { bundle, findings } = await readBundle(source);
  if (bundle === undefined) throw new Error(JSON.stringify(findings));
  return bundle;
}

function readEntries(entries: readonly RawEntry[]): Promise<ExtensionBundle> {
  const path = join(folder, "entries.supx");
  writeFileSync(path, makeRawZip(entries));
  return readSound({ kind: "supx", path });
}

function readFolder(files: BundleContents): Promise<ExtensionBundle> {
  const path = mkdtempSync(join(folder, "dev-"));
  writeBundleFolder(path, files);
  return readSound({ kind: "folder", path });
}

const files = bundleFiles();
const entryFile = `frontend/dist/${REMOTE_ENTRY}`;

/** A checksum stays what it is for ever: it stands in states and in signatures. */
const KNOWN = {
  backend: "d1980bf555d28dbd02b648cabb540078579c2a4229d0c4c0df4294d520de0f86",
  frontend: "ccc9447bf7d9bf75346e8b9f870f6833b34ffa6b1e00318f0c30a78e7b531dff",
  manifest: "bd2440d16b11764b96ad666310ac507155f61ec3f8269e87c9011e1041317561",
  whole: "1e8e6db7e19d8905b0f65dd617b50ef8e4081110245d887bbc68945b44ec2352",
};

describe("checksums", () => {
  it("are those of earlier versions", async () => {
    const { checksums } = await readEntries(toEntries(files));
    expect(checksums).toEqual(KNOWN);
  });

  it("do not tell how a bundle is packed", async () => {
    const { checksums } = await readEntries(toEntries(files));
    const others = [
      await readFolder(files),
      await readEntries(toEntries(files).reverse()),
      await readEntries(toEntries(files).map((entry) => ({ ...entry, method: 0 }))),
      await readEntries(toEntries(files).map((entry) => ({ ...entry, time: 0x5a3c8f21, mode: 0o100755 }))),
    ];
    for (const other of others) expect(other.checksums).toEqual(checksums);
  });

  it("do not tell how the manifest is written", async () => {
    const { checksums } = await readFolder(files);
    const reversed = Object.fromEntries(Object.entries(MANIFEST).reverse());
    const texts = [
      JSON.stringify(MANIFEST),
      JSON.stringify(MANIFEST, null, "\t").replaceAll("\n", "\r\n"),
      `\n${JSON.stringify(reversed, null, 2)}\n`,
      JSON.stringify(MANIFEST).replace("Hello World", "\\u0048ello World"),
    ];
    for (const text of texts)
      expect((await readFolder({ ...files, "manifest.json": text })).checksums).toEqual(checksums);
  });

  it("tell which part is another one", async () => {
    const { checksums: before } = await readFolder(files);
    const changed = async (more: BundleContents) => {
      const { checksums } = await readFolder({ ...files, ...more });
      const parts = ["manifest", "frontend", "backend", "whole"] as const;
      return parts.filter((part) => checksums[part] !== before[part]);
    };
    expect(await changed({ [entryFile]: "other" })).toEqual(["frontend", "whole"]);
    expect(await changed({ "frontend/dist/new.js": "" })).toEqual(["frontend", "whole"]);
    expect(await changed({ "backend/src/acme_lab/new.py": "" })).toEqual(["backend", "whole"]);
    // What Superset does not know may mean something to others.
    expect(await changed({ "manifest.json": JSON.stringify({ ...MANIFEST, more: 1 }) })).toEqual(["manifest", "whole"]);
    // Line ends of code are content.
    expect(await changed({ [entryFile]: `${files[entryFile]?.replace("\n", "\r\n")}` })).toEqual(["frontend", "whole"]);
  });

  it("tell which file has which content", async () => {
    const { checksums } = await readFolder({ ...files, "frontend/dist/a.js": "1", "frontend/dist/b.js": "2" });
    const swapped = await readFolder({ ...files, "frontend/dist/a.js": "2", "frontend/dist/b.js": "1" });
    const moved = await readFolder({ ...files, "frontend/dist/a.js": "12", "frontend/dist/b.js": "" });
    expect(new Set([checksums.whole, swapped.checksums.whole, moved.checksums.whole]).size).toBe(3);
  });

  it("leave out a part that is not there", async () => {
    const { frontend, ...rest } = MANIFEST;
    const manifest = { "manifest.json": JSON.stringify({ ...rest, backend: undefined, frontend }) };
    const { checksums } = await readFolder({ ...manifest, [entryFile]: "x" });
    expect(Object.keys(checksums)).toEqual(["manifest", "frontend", "whole"]);
  });
});

describe("a packed bundle", () => {
  it("has the same bytes whatever it was packed from, and the same checksum", async () => {
    const sources = [
      await readFolder(files),
      await readEntries(toEntries(files).reverse()),
      await readFolder({ ...files, "manifest.json": JSON.stringify(MANIFEST) }),
    ];
    const packed: Buffer[] = [];
    for (const [index, bundle] of sources.entries()) {
      const path = join(folder, `${index}.supx`);
      if (bundle.source.kind === "folder") utimesSync(join(bundle.source.path, "dist", entryFile), index, index);
      if (bundle.source.kind === "supx") writeFileSync(bundle.source.path, makeRawZip(toEntries(files).reverse()));
      await packBundle(bundle, path);
      packed.push(readFileSync(path));
      expect((await readSound({ kind: "supx", path })).checksums).toEqual(bundle.checksums);
    }
    expect(packed[1]).toEqual(packed[0]);
    expect(packed[2]).toEqual(packed[0]);
  });
});

describe("two bundles compared", () => {
  it("name what changes", async () => {
    const before = await readFolder(files);
    const { [entryFile]: entry = "", "frontend/dist/472.4e5f.js": _gone, ...rest } = files;
    const manifest = JSON.stringify({ ...MANIFEST, version: "0.2.0" });
    const after = await readFolder({
      ...rest,
      "manifest.json": manifest,
      [entryFile]: `${entry}//`,
      "frontend/dist/new.js": "",
    });
    expect(compareBundles(before, after)).toEqual({
      isSame: false,
      version: { from: "0.1.0", to: "0.2.0" },
      ...{ manifest: true, frontend: true, backend: false },
      added: ["frontend/dist/new.js"],
      changed: ["manifest.json", entryFile],
      removed: ["frontend/dist/472.4e5f.js"],
    });
    const nothing = { added: [], changed: [], removed: [] };
    expect(compareBundles(before, before)).toEqual({
      isSame: true,
      manifest: false,
      frontend: false,
      backend: false,
      ...nothing,
    });
  });
});

describe("a folder of extensions", () => {
  it("has packed bundles, hidden ones too, and development folders", async () => {
    for (const name of ["b.supx", ".a.supx", "c.SUPX", "d.supx.sig", "e.zip"]) writeFileSync(join(folder, name), "");
    writeBundleFolder(join(folder, "dev"), files);
    writeBundleFolder(join(folder, "deep/er"), files);
    writeBundleFolder(join(folder, "unbuilt"), { "readme.txt": "" });
    expect(await discoverBundles(folder)).toEqual([
      { kind: "supx", path: join(folder, ".a.supx") },
      { kind: "supx", path: join(folder, "b.supx") },
      { kind: "folder", path: join(folder, "dev") },
    ]);
  });

  it("that is not there, or is none, is told", async () => {
    writeFileSync(join(folder, "file"), "");
    const missing = discoverBundles(join(folder, "nowhere"));
    await expect(missing).rejects.toMatchObject({ code: "extensions/folder-missing" });
    const file = discoverBundles(join(folder, "file"));
    await expect(file).rejects.toMatchObject({ code: "extensions/folder-unreadable" });
  });
});
