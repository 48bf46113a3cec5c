import { join } from "node:path";
import type { Readable } from "node:stream";
import {
  copyObject,
  deleteObject,
  downloadObject,
  headObject,
  isOvertaken,
  listObjects,
  openObject,
  type Prefix,
  putFile,
  putText,
  readObject,
  replaceText,
} from "../aws/s3";
import { inTemporaryFolder, makeTemporaryFolder, type TemporaryFolder } from "../core/temporary-folder";
import type { BundleSource } from "../extensions/bundle";
import { FILE_OPERATIONS } from "./file-operations";
import { lockLost } from "./problems";
import { idsOfRecords } from "./record";
import { acquireS3Lock, type LockTimes } from "./s3-lock";
import { OWN_FOLDER, type Shelf, type ShelvedFile, type StagedFile, type Tag } from "./shelf";

/**
 * A prefix of a bucket that the server's machines mount or copy. It has the layout of a folder. An object is replaced as
 * a whole, and each write of a record or a bundle says which one it replaces (`If-Match`, `If-None-Match`): a writer that
 * was paused for hours and goes on is refused.
 */
export class S3Shelf implements Shelf {
  readonly place: string;
  private readonly staging = new Map<string, TemporaryFolder>();

  constructor(
    private readonly at: Prefix,
    private readonly times?: LockTimes,
  ) {
    this.place = `s3://${at.bucket}/${at.prefix}`.replace(/\/$/, "");
  }

  /** A bucket has no links. */
  assertOwn(): Promise<void> {
    return Promise.resolve();
  }

  listNames(): Promise<string[]> {
    return listObjects(this.at);
  }

  /** What somebody else uploads has no such metadata, and so is not as delivered. */
  async inspect(name: string): Promise<ShelvedFile | undefined> {
    const found = await headObject(this.at, name);
    return found && { sha256: found.metadata.sha256, tag: found.etag };
  }

  async readText(name: string): Promise<string | undefined> {
    return (await readObject(this.at, name))?.text;
  }

  withBundle<T>(name: string, work: (source: BundleSource) => Promise<T>): Promise<T | undefined> {
    return inTemporaryFolder(async (folder) => {
      const path = join(folder, "bundle.supx");
      return (await downloadObject(this.at, name, path)) ? work({ kind: "supx", path }) : undefined;
    });
  }

  async nameOf(): Promise<undefined> {
    return undefined;
  }

  async listRecords(): Promise<string[]> {
    return idsOfRecords(await listObjects(this.at, `${OWN_FOLDER}/`));
  }

  async readRecord(id: string) {
    const found = await readObject(this.at, recordOf(id));
    return found && { text: found.text, tag: found.etag };
  }

  async writeRecord(id: string, text: string, tag: Tag | undefined): Promise<void> {
    const write = async () => void (await putText(this.at, recordOf(id), text, tag));
    await this.fence(recordOf(id), write, async () => (await this.readRecord(id))?.text === text);
  }

  async removeRecord(id: string, tag: Tag | undefined): Promise<void> {
    await this.fence(recordOf(id), () => deleteObject(this.at, recordOf(id), tag));
  }

  async stage(id: string, content: Readable): Promise<StagedFile> {
    this.unstage(id);
    const folder = makeTemporaryFolder();
    this.staging.set(id, folder);
    return FILE_OPERATIONS.write(join(folder.path, "new.supx"), content);
  }

  async keep(id: string, name: string, sha256: string): Promise<void> {
    const kept = `${previousOf(id)}${sha256}.supx`;
    if ((await headObject(this.at, kept)) === undefined) await copyObject(this.at, name, kept);
  }

  async stageKept(id: string, sha256: string): Promise<StagedFile | undefined> {
    const content = await openObject(this.at, `${previousOf(id)}${sha256}.supx`);
    return content && this.stage(id, content);
  }

  async publish(staged: StagedFile, name: string, tag: Tag | undefined): Promise<void> {
    const isOurs = async () => (await this.inspect(name))?.sha256 === staged.sha256;
    await this.fence(name, () => putFile(this.at, name, staged, tag), isOurs);
  }

  async writeText(_id: string, name: string, text: string): Promise<void> {
    await replaceText(this.at, name, text);
  }

  async remove(name: string, tag?: Tag): Promise<void> {
    await this.fence(name, () => deleteObject(this.at, name, tag));
  }

  async tidy(id: string, kept: string | undefined): Promise<void> {
    this.unstage(id);
    for (const name of await listObjects(this.at, previousOf(id)))
      if (name !== `${kept}.supx`) await deleteObject(this.at, `${previousOf(id)}${name}`);
  }

  lock(name: string, timeoutMs: number) {
    const object = `${OWN_FOLDER}/locks/${name.replace(/[^a-z0-9.-]/gi, "_")}`;
    return acquireS3Lock(this.at, name, object, timeoutMs, this.times);
  }

  private unstage(id: string): void {
    this.staging.get(id)?.remove();
    this.staging.delete(id);
  }

  /**
   * Says what a refused write means.
   *
   * @param isDone whether what is there is what was to be written: a request that was sent twice, because its first
   *   answer was lost, is refused by its own work
   */
  private async fence(name: string, write: () => Promise<void>, isDone = async () => false): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isOvertaken(error)) throw error;
      if (!(await isDone()))
        throw lockLost(`${this.place}/${name}`, "The object is another than the one that was seen.");
    }
  }
}

function recordOf(id: string): string {
  return `${OWN_FOLDER}/${id}.json`;
}

function previousOf(id: string): string {
  return `${OWN_FOLDER}/previous/${id}/`;
}
