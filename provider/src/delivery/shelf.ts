import type { Readable } from "node:stream";
import type { BundleSource } from "../extensions/bundle";
import type { Lease } from "./target";

/** Everything of ours on a target lies below it. Superset looks for bundles in the extension folder alone. */
export const OWN_FOLDER = ".pulumi-superset";

/** State of a file when it was looked at. A bucket changes a file only where it still is so. */
export type Tag = string;

/** A file that is ready to take its place. */
export interface StagedFile {
  /** Where it lies on this machine. */
  readonly path: string;
  /** Of its bytes. */
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A file in its place. */
export interface ShelvedFile {
  /** Of its bytes; undefined where that is not known without reading all of it, then it is not as delivered. */
  readonly sha256: string | undefined;
  readonly tag: Tag;
}

/** What differs between a folder and a bucket. Names are those of files directly in it; nothing here decides. */
export interface Shelf {
  readonly place: string;
  /**
   * Makes sure that what is written for an extension stays in this place.
   *
   * @throws ProblemError `delivery/link-in-target`
   */
  assertOwn(id: string): Promise<void>;
  /** All files in it, not only bundles. */
  listNames(): Promise<string[]>;
  inspect(name: string): Promise<ShelvedFile | undefined>;
  /** A small file's text. */
  readText(name: string): Promise<string | undefined>;
  /** Does something with a bundle, as a file of this machine; undefined where it is gone. */
  withBundle<T>(name: string, work: (source: BundleSource) => Promise<T>): Promise<T | undefined>;
  /** The file's name where a bundle to deliver lies on this very shelf already. */
  nameOf(source: BundleSource): Promise<string | undefined>;

  /** Ids of all extensions that have a record. */
  listRecords(): Promise<string[]>;
  readRecord(id: string): Promise<{ readonly text: string; readonly tag: Tag } | undefined>;
  /** @param tag of the record that was read; undefined where there was none */
  writeRecord(id: string, text: string, tag: Tag | undefined): Promise<void>;
  removeRecord(id: string, tag: Tag | undefined): Promise<void>;

  /** Writes a whole bundle where nobody reads it. */
  stage(id: string, content: Readable): Promise<StagedFile>;
  /** Keeps a copy of a bundle for a rollback. One that is kept already is fine. */
  keep(id: string, name: string, sha256: string): Promise<void>;
  /** Makes a kept bundle ready again; undefined where it is gone. Whether it is whole, its digest tells. */
  stageKept(id: string, sha256: string): Promise<StagedFile | undefined>;
  /**
   * Puts a staged file in its place, all at once.
   *
   * @param tag of what is there now; undefined where nothing is
   */
  publish(staged: StagedFile, name: string, tag: Tag | undefined): Promise<void>;
  /** Writes a small file that belongs to an extension. */
  writeText(id: string, name: string, text: string): Promise<void>;
  /** Removes a file; one that is gone is fine. */
  remove(name: string, tag?: Tag): Promise<void>;
  /**
   * Removes what interrupted deliveries left behind, and kept bundles.
   *
   * @param kept digest of the one that stays
   */
  tidy(id: string, kept: string | undefined): Promise<void>;

  lock(name: string, timeoutMs: number): Promise<Lease | undefined>;
}
