import JSZip from "jszip";
import { describe, expect, it } from "vitest";
import { readZip } from "../../provider/src/core/read-zip";

async function makeZip(files: Readonly<Record<string, string | Buffer>>): Promise<Buffer> {
  const zip = new JSZip();
  for (const [path, content] of Object.entries(files)) zip.file(path, content);
  return zip.generateAsync({ type: "nodebuffer", compression: "DEFLATE" });
}

async function readAll(archive: Buffer | string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for await (const { path, bytes } of readZip(archive)) found[path] = bytes.toString("utf8");
  return found;
}

/** The same archive with another name in it, of the same length: writers refuse such names themselves. */
function renameEntry(archive: Buffer, from: string, to: string): Buffer {
  return Buffer.from(archive.toString("latin1").replaceAll(from, to), "latin1");
}

describe("an archive from elsewhere", () => {
  it("is read entry by entry, folders passed over", async () => {
    const archive = await makeZip({ "root/charts/ä.yaml": "a: 1\n", "root/empty.yaml": "" });
    expect(await readAll(archive)).toEqual({ "root/charts/ä.yaml": "a: 1\n", "root/empty.yaml": "" });
  });

  it("is refused where a path leads out of it, or stands in it twice", async () => {
    const archive = await makeZip({ "aa/evil.yaml": "x", "bb/good.yaml": "y" });
    await expect(readAll(renameEntry(archive, "aa/evil", "../evil"))).rejects.toMatchObject({ code: "zip/invalid" });
    await expect(readAll(renameEntry(archive, "aa/evil", "/a/evil"))).rejects.toMatchObject({ code: "zip/invalid" });
    await expect(readAll(renameEntry(archive, "aa/evil.yaml", "bb/good.yaml"))).rejects.toMatchObject({
      code: "zip/invalid",
      why: "it holds bb/good.yaml twice",
    });
  });

  it("is refused where it is a bomb: too long an entry, or one that is made of nothing", async () => {
    const long = await makeZip({ "a.yaml": Buffer.alloc(21 * 1024 * 1024, "ab") });
    await expect(readAll(long)).rejects.toMatchObject({ code: "zip/too-large", why: "a.yaml has 21 MB" });
    const empty = await makeZip({ "a.yaml": Buffer.alloc(2 * 1024 * 1024) });
    await expect(readAll(empty)).rejects.toMatchObject({ code: "zip/too-large" });
  });

  it("is refused where an entry is longer than it says", async () => {
    const archive = await makeZip({ "a.yaml": "x".repeat(1000) });
    const size = Buffer.alloc(4);
    size.writeUInt32LE(1000);
    const shorter = Buffer.alloc(4);
    shorter.writeUInt32LE(10);
    const lying = renameEntry(archive, size.toString("latin1"), shorter.toString("latin1"));
    await expect(readAll(lying)).rejects.toMatchObject({ code: "zip/invalid" });
  });

  it("is refused where it is none", async () => {
    await expect(readAll(Buffer.from("<html>"))).rejects.toMatchObject({ code: "zip/invalid" });
    await expect(readAll("/nowhere/at-all.zip")).rejects.toMatchObject({ code: "zip/invalid" });
  });
});
