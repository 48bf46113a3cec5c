import { createReadStream } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { readSmallFile } from "../core/files";
import type { BundleSource } from "../extensions/bundle";
import { digestFile, FILE_OPERATIONS, type FileOperations } from "./file-operations";
import { acquireFolderLock } from "./folder-lock";
import { folderInTarget, folderInTheWay, folderTrouble, linkInTarget } from "./problems";
import { idsOfRecords } from "./record";
import { OWN_FOLDER, type Shelf, type ShelvedFile, type StagedFile } from "./shelf";

/** The name of a version that is kept. */
const KEPT_FILE = /^[0-9a-f]{64}\.supx$/;

/**
 * A folder that Superset reads (its setting `EXTENSIONS_PATH`).
 *
 * ```
 * acme.panel.supx                              what Superset reads: `*.supx`, hidden ones too, not those further down
 * acme.panel.supx.sig                          its signature
 * .pulumi-superset/acme.panel.json             the record
 * .pulumi-superset/previous/acme.panel/….supx  the version before, named by its digest
 * .pulumi-superset/work/acme.panel/…           half-written files; of the same file system, so that a rename does
 * .pulumi-superset/locks/…                     never removed: who removes a lock's file lets two hold it
 * ```
 */
export class FolderShelf implements Shelf {
  private readonly files: FileOperations;

  constructor(
    readonly place: string,
    files: FileOperations = FILE_OPERATIONS,
  ) {
    this.files = {
      write: (path, content) => this.explain(() => files.write(path, content)),
      move: (from, to) => this.explain(() => files.move(from, to)),
      remove: (path) => this.explain(() => files.remove(path)),
    };
  }

  listNames(): Promise<string[]> {
    return this.listFolder(this.place);
  }

  /** What is written and removed below a link is somewhere else: whoever may write to the target could choose where. */
  async assertOwn(id: string): Promise<void> {
    await this.assertNoLinks([], ["previous"], ["previous", id], ["work"], ["work", id]);
  }

  async inspect(name: string): Promise<ShelvedFile | undefined> {
    const path = join(this.place, name);
    return this.ifThere(async () => {
      // A folder or a pipe in its place is not as delivered, and holds up nothing else.
      if (!(await stat(path)).isFile()) return { sha256: undefined, tag: "no file" };
      const sha256 = await digestFile(path);
      return { sha256, tag: sha256 };
    });
  }

  readText(name: string): Promise<string | undefined> {
    return this.explain(() => readSmallFile(join(this.place, name)));
  }

  async withBundle<T>(name: string, work: (source: BundleSource) => Promise<T>): Promise<T | undefined> {
    return this.ifThere(() => work({ kind: "supx", path: join(this.place, name) }));
  }

  async nameOf({ kind, path }: BundleSource): Promise<string | undefined> {
    const [home, here] = [await realpath(dirname(path)), await this.ifThere(() => realpath(this.place))];
    if (home !== here) return undefined;
    if (kind === "folder") throw folderInTarget(path);
    return basename(path);
  }

  async listRecords(): Promise<string[]> {
    return idsOfRecords(await this.listFolder(join(this.place, OWN_FOLDER)));
  }

  async readRecord(id: string) {
    const text = await this.explain(() => readSmallFile(this.own(`${id}.json`)));
    return text === undefined ? undefined : { text, tag: text };
  }

  async writeRecord(id: string, text: string): Promise<void> {
    const place = this.own(`${id}.json`);
    // In our own folder, where nobody keeps anything.
    if (await this.isFolder(place)) await this.files.remove(place);
    await this.writeBeside(id, "record.json", text, place);
  }

  async removeRecord(id: string): Promise<void> {
    await this.files.remove(this.own(`${id}.json`));
  }

  stage(id: string, content: Readable): Promise<StagedFile> {
    return this.files.write(this.own("work", id, "new.supx"), content);
  }

  async keep(id: string, name: string, sha256: string): Promise<void> {
    const kept = this.own("previous", id, `${sha256}.supx`);
    const isKept = await this.isFile(kept);
    if (isKept && (await digestFile(kept)) === sha256) return;
    // A copy, not a link: who overwrites the file by hand would overwrite both.
    const copy = await this.files.write(this.own("work", id, "kept.supx"), createReadStream(join(this.place, name)));
    await this.files.move(copy.path, kept);
  }

  async stageKept(id: string, sha256: string): Promise<StagedFile | undefined> {
    const kept = this.own("previous", id, `${sha256}.supx`);
    // A pipe would hold its reader up for ever.
    return (await this.isFile(kept)) ? this.stage(id, createReadStream(kept)) : undefined;
  }

  publish({ path }: StagedFile, name: string): Promise<void> {
    return this.files.move(path, join(this.place, name));
  }

  writeText(id: string, name: string, text: string): Promise<void> {
    return this.writeBeside(id, "text", text, join(this.place, name));
  }

  async remove(name: string): Promise<void> {
    const path = join(this.place, name);
    if (await this.isFolder(path)) throw folderInTheWay(path);
    await this.files.remove(path);
  }

  async tidy(id: string, kept: string | undefined): Promise<void> {
    const folder = this.own("previous", id);
    const names = await this.listFolder(folder);
    // Only what `keep` writes: whatever else is there is somebody else's.
    const surplus = names.filter((name) => KEPT_FILE.test(name) && name !== `${kept}.supx`);
    if (!names.includes(`${kept}.supx`)) await this.files.remove(folder);
    else for (const name of surplus) await this.files.remove(join(folder, name));
    await this.files.remove(this.own("work", id));
  }

  async lock(name: string, timeoutMs: number) {
    await this.assertNoLinks([], ["locks"]);
    // Names have a colon, which not every file system takes.
    return acquireFolderLock(name, this.own("locks", name.replace(/[^a-z0-9.-]/gi, "_")), timeoutMs);
  }

  private async assertNoLinks(...places: readonly (readonly string[])[]): Promise<void> {
    for (const parts of places) {
      const path = this.own(...parts);
      if ((await this.ifThere(() => lstat(path)))?.isSymbolicLink()) throw linkInTarget(path);
    }
  }

  private async isFile(path: string): Promise<boolean> {
    return (await this.ifThere(() => lstat(path)))?.isFile() === true;
  }

  private async isFolder(path: string): Promise<boolean> {
    return (await this.ifThere(() => lstat(path)))?.isDirectory() === true;
  }

  private own(...parts: string[]): string {
    return join(this.place, OWN_FOLDER, ...parts);
  }

  private async listFolder(folder: string): Promise<string[]> {
    return (await this.ifThere(() => readdir(folder))) ?? [];
  }

  /** What was there a moment ago may be gone: others write, too. */
  private ifThere<T>(read: () => Promise<T>): Promise<T | undefined> {
    return this.explain(async () => {
      try {
        return await read();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
    });
  }

  /** @throws ProblemError `delivery/folder-trouble` where the system refuses something */
  private async explain<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const isOfTheSystem = error instanceof Error && "syscall" in error;
      throw isOfTheSystem ? folderTrouble(this.place, error) : error;
    }
  }

  private async writeBeside(id: string, name: string, text: string, place: string): Promise<void> {
    const written = await this.files.write(this.own("work", id, name), Readable.from([Buffer.from(text)]));
    await this.files.move(written.path, place);
  }
}
