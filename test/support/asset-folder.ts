import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT } from "./pulumi-project";

/** A copy of the sample's assets that a test may change. */
export interface AssetFolder {
  readonly path: string;
  read(file: string): string;
  /** Writes a file, making its folder. */
  write(file: string, text: string): void;
  /** Replaces a text that must be there. */
  edit(file: string, from: string | RegExp, to: string): void;
  move(from: string, to: string): void;
  remove(file: string): void;
  dispose(): void;
}

/** Copies a folder of assets; default the sample that ships with the project. */
export function copyAssets(source = join(ROOT, "assets")): AssetFolder {
  const folder = makeAssets();
  cpSync(source, folder.path, { recursive: true });
  return folder;
}

/** An empty folder for assets. */
export function makeAssets(): AssetFolder {
  const path = mkdtempSync(join(tmpdir(), "pulumi-superset-assets-"));
  const read = (file: string) => readFileSync(join(path, file), "utf8");
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  };
  return {
    path,
    read,
    write,
    edit(file, from, to) {
      const before = read(file);
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${file} has no ${String(from)}`);
      write(file, after);
    },
    move(from, to) {
      mkdirSync(dirname(join(path, to)), { recursive: true });
      renameSync(join(path, from), join(path, to));
    },
    remove: (file) => rmSync(join(path, file)),
    dispose: () => rmSync(path, { recursive: true, force: true }),
  };
}
