import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFolder } from "../../provider/src/assets/write-folder";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "folder-"));
  mkdirSync(join(folder, "charts"));
  writeFileSync(join(folder, "charts/a.yaml"), "a: 1\n");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (path: string) => join(folder, path);
const everything = () => readdirSync(folder, { recursive: true }).map(String).sort();

describe("a folder that is changed as a whole", () => {
  it("has what was written, and no longer what was removed nor the folders that are empty by that", async () => {
    writeFileSync(at("charts/b.yaml"), "b: 1\n");
    chmodSync(at("charts/b.yaml"), 0o600);
    mkdirSync(at("old/deep"), { recursive: true });
    writeFileSync(at("old/deep/c.yaml"), "c: 1\n");
    symlinkSync(at("charts/b.yaml"), at("link.yaml"));
    await writeFolder({
      folder,
      writes: [
        { location: at("new/deep/d.yaml"), after: "d: 1\n" },
        { location: at("link.yaml"), before: "b: 1\n", after: "b: 2\n" },
      ],
      removals: [{ location: at("old/deep/c.yaml"), before: "c: 1\n" }],
    });
    expect(everything()).toEqual([
      "charts",
      "charts/a.yaml",
      "charts/b.yaml",
      "link.yaml",
      "new",
      "new/deep",
      "new/deep/d.yaml",
    ]);
    expect(readFileSync(at("charts/b.yaml"), "utf8")).toBe("b: 2\n");
  });

  it("stays as it was where somebody changed one of its files meanwhile", async () => {
    const before = everything();
    const writes = [
      { location: at("charts/new.yaml"), after: "n: 1\n" },
      { location: at("charts/a.yaml"), before: "a: 0\n", after: "a: 2\n" },
    ];
    await expect(writeFolder({ folder, writes, removals: [] })).rejects.toMatchObject({ code: "assets/file-changed" });
    expect(everything()).toEqual(before);
    expect(readFileSync(at("charts/a.yaml"), "utf8")).toBe("a: 1\n");
  });

  it("stays as it was where the disk is full", async (context) => {
    const disk = mkdtempSync(join(tmpdir(), "disk-"));
    const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "none", disk]);
    if (mounted.status !== 0) {
      rmSync(disk, { recursive: true });
      context.skip("this machine lets nobody mount a small disk");
    }
    try {
      writeFileSync(join(disk, "a.yaml"), "a: 1\n");
      const writes = [
        { location: join(disk, "a.yaml"), before: "a: 1\n", after: "a: 2\n" },
        { location: join(disk, "b.yaml"), after: "x".repeat(1024 * 1024) },
      ];
      await expect(writeFolder({ folder: disk, writes, removals: [] })).rejects.toMatchObject({
        code: "assets/folder-unwritable",
        why: expect.stringContaining("ENOSPC"),
      });
      expect(readdirSync(disk)).toEqual(["a.yaml"]);
      expect(readFileSync(join(disk, "a.yaml"), "utf8")).toBe("a: 1\n");
    } finally {
      execFileSync("umount", [disk]);
      rmSync(disk, { recursive: true, force: true });
    }
  });

  it("loses what a killed process left in it, and nothing of one that still works", async () => {
    const child = spawn(process.execPath, ["-e", "setInterval(() => undefined, 1000)"]);
    try {
      await once(child, "spawn");
      mkdirSync(at(".pulumi-superset-999999999-left"));
      mkdirSync(at(`.pulumi-superset-${child.pid}-works`));
      await writeFolder({ folder, writes: [], removals: [] });
      expect(everything().filter((name) => name.startsWith("."))).toEqual([`.pulumi-superset-${child.pid}-works`]);
    } finally {
      child.kill();
    }
  });
});
