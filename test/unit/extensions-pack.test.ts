import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readZip } from "../../provider/src/core/read-zip";
import type { ExtensionBundle } from "../../provider/src/extensions/bundle";
import { openPackedStream, packBundle, packedSize } from "../../provider/src/extensions/pack";
import { readBundle } from "../../provider/src/extensions/read-bundle";
import { bundleFiles, makeSupx, noise, REMOTE_ENTRY, writeBundleFolder, writeFiles } from "../support/bundles";

const LARGE = noise(3 * 1024 * 1024);
const files: Record<string, string> = {
  ...bundleFiles(),
  "frontend/dist/é.js": "'é'\n",
  "frontend/dist/large.js": LARGE,
};
const entryFile = `frontend/dist/${REMOTE_ENTRY}`;

let folder: string;
let bundle: ExtensionBundle;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "extensions-pack-"));
  writeBundleFolder(join(folder, "dev"), files);
  bundle = await read("folder", "dev");
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(kind: "folder" | "supx", name: string): Promise<ExtensionBundle> {
  const reading = await readBundle({ kind, path: join(folder, name) });
  if (reading.bundle === undefined) throw new Error(JSON.stringify(reading.findings));
  return reading.bundle;
}

describe("a packed bundle", () => {
  it("has the manifest first, no directories, and each file as it is", async () => {
    const packed = await buffer(openPackedStream(bundle));
    const found: [string, Buffer][] = [];
    for await (const { path, bytes } of readZip(packed)) found.push([path, bytes]);
    expect(found.map(([path]) => path)).toEqual(["manifest.json", ...Object.keys(files).slice(1).sort()]);
    for (const [path, bytes] of found.slice(1)) expect(bytes.equals(Buffer.from(files[path] ?? ""))).toBe(true);
    expect(JSON.parse(String(found[0]?.[1]))).toEqual(JSON.parse(files["manifest.json"] ?? ""));
  });

  it("is as long as was said", async () => {
    expect((await buffer(openPackedStream(bundle))).length).toBe(packedSize(bundle));
  });

  it("has the same bytes in every time zone", async () => {
    const packed = new Set<string>();
    const { TZ } = process.env;
    try {
      for (const zone of ["UTC", "Pacific/Auckland", "America/Los_Angeles"]) {
        process.env.TZ = zone;
        vi.resetModules();
        const pack = await import("../../provider/src/extensions/pack");
        packed.add((await buffer(pack.openPackedStream(bundle))).toString("latin1"));
      }
    } finally {
      if (TZ === undefined) delete process.env.TZ;
      else process.env.TZ = TZ;
    }
    expect(packed.size).toBe(1);
  });

  it("takes the place of another one, and leaves nothing beside it", async () => {
    writeFileSync(join(folder, "a.supx"), "older");
    await packBundle(bundle, join(folder, "a.supx"));
    expect((await read("supx", "a.supx")).checksums).toEqual(bundle.checksums);
    expect(readdirSync(folder).sort()).toEqual(["a.supx", "dev"]);
  });
});

describe("a bundle that changes after it was read", () => {
  it.each([
    ["another content", { [entryFile]: "window.other = {};\n" }],
    ["more content", { [entryFile]: `${files[entryFile]}more` }],
    ["another manifest", { "manifest.json": JSON.stringify({ ...JSON.parse(files["manifest.json"] ?? ""), more: 1 }) }],
  ])("is not packed, and what was there stays: %s", async (_title, changed) => {
    writeFileSync(join(folder, "a.supx"), "older");
    writeFiles(join(folder, "dev/dist"), changed);
    await expect(packBundle(bundle, join(folder, "a.supx"))).rejects.toMatchObject({ code: "extension/changed" });
    expect(readFileSync(join(folder, "a.supx"), "utf8")).toBe("older");
    expect(readdirSync(folder).sort()).toEqual(["a.supx", "dev"]);
  });

  it("is not packed where it is gone, or no bundle any more", async () => {
    writeFileSync(join(folder, "a.supx"), makeSupx(files));
    const packed = await read("supx", "a.supx");
    writeFileSync(join(folder, "a.supx"), "<html>");
    await expect(packBundle(packed, join(folder, "b.supx"))).rejects.toMatchObject({ code: "extension/changed" });
    rmSync(join(folder, "dev"), { recursive: true });
    await expect(packBundle(bundle, join(folder, "b.supx"))).rejects.toMatchObject({ code: "extension/changed" });
    expect(readdirSync(folder)).toEqual(["a.supx"]);
  });
});

describe("a place that cannot be written", () => {
  it("is told", async () => {
    mkdirSync(join(folder, "taken.supx/x"), { recursive: true });
    for (const place of ["nowhere/a.supx", "taken.supx"])
      await expect(packBundle(bundle, join(folder, place))).rejects.toMatchObject({ code: "extension/not-written" });
    expect(readdirSync(folder).sort()).toEqual(["dev", "taken.supx"]);
  });
});

describe("a reader that stops", () => {
  it.each(["folder", "supx"] as const)("leaves no file of a %s open", async (kind) => {
    writeFileSync(join(folder, "a.supx"), makeSupx(files));
    const source = kind === "folder" ? bundle : await read("supx", "a.supx");
    for await (const _chunk of openPackedStream(source)) break;
    const opened = () => readdirSync("/proc/self/fd").map((file) => linkOf(`/proc/self/fd/${file}`));
    await vi.waitFor(() => expect(opened().filter((file) => file.startsWith(folder))).toEqual([]));
  });
});

/** The folder that lists open files is itself one of them, and gone when it is asked for. */
function linkOf(path: string): string {
  return existsSync(path) ? readlinkSync(path) : "";
}
