import { createReadStream, createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { AwsClients } from "./clients";
import { AwsError, isAwsError } from "./errors";

/** A place in a bucket. */
export interface Prefix {
  readonly aws: AwsClients;
  readonly bucket: string;
  /** Empty, or ends with `/`. */
  readonly prefix: string;
}

/** An object without its content. */
export interface ObjectFacts {
  readonly etag: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A file to upload. */
export interface UploadFile {
  readonly path: string;
  readonly size: number;
  /** Hexadecimal; S3 refuses what does not have it. */
  readonly sha256: string;
}

/** The SDK cannot send a stream again, so that is done here. */
const UPLOADS = 3;

/** Facts of an object; undefined if there is none. */
export function headObject(at: Prefix, name: string): Promise<ObjectFacts | undefined> {
  return orMissing(async () => {
    const found = await (await at.aws.s3()).headObject(locate(at, name));
    return { etag: found.ETag ?? "", metadata: found.Metadata ?? {} };
  });
}

/** A small object's text; undefined if there is none. */
export function readObject(at: Prefix, name: string): Promise<{ text: string; etag: string } | undefined> {
  return orMissing(async () => {
    const found = await (await at.aws.s3()).getObject(locate(at, name));
    return { text: (await found.Body?.transformToString()) ?? "", etag: found.ETag ?? "" };
  });
}

/** An object as a stream; undefined if there is none. */
export function openObject(at: Prefix, name: string): Promise<Readable | undefined> {
  return orMissing(async () => {
    const { Body } = await (await at.aws.s3()).getObject(locate(at, name));
    return Body instanceof Readable ? Body : Readable.from([]);
  });
}

/** Copies an object into a file; false if there is none. */
export async function downloadObject(at: Prefix, name: string, path: string): Promise<boolean> {
  const content = await openObject(at, name);
  if (content === undefined) return false;
  await pipeline(content, createWriteStream(path));
  return true;
}

/**
 * Writes a small object.
 *
 * @param etag the object that is replaced; `undefined` where there must be none
 * @returns its ETag
 * @throws AwsError see {@link isOvertaken}
 */
export async function putText(at: Prefix, name: string, text: string, etag: string | undefined): Promise<string> {
  const ContentType = name.endsWith(".json") ? "application/json" : "text/plain";
  const s3 = await at.aws.s3();
  const { ETag } = await s3.putObject({ ...locate(at, name), Body: text, ContentType, ...conditionOf(etag) });
  return ETag ?? "";
}

/** Writes a small object, whatever is there. */
export async function replaceText(at: Prefix, name: string, text: string): Promise<void> {
  await (await at.aws.s3()).putObject({ ...locate(at, name), Body: text, ContentType: "text/plain" });
}

/**
 * Uploads a file as a stream. Its digest stays in the object's metadata as `sha256`.
 *
 * @param etag the object that is replaced; `undefined` where there must be none
 * @throws AwsError see {@link isOvertaken}
 */
export async function putFile(at: Prefix, name: string, file: UploadFile, etag: string | undefined): Promise<void> {
  const s3 = await at.aws.s3();
  for (let left = UPLOADS - 1; ; left -= 1) {
    try {
      await s3.putObject({
        ...locate(at, name),
        Body: createReadStream(file.path),
        ContentLength: file.size,
        ContentType: "application/zip",
        ChecksumSHA256: Buffer.from(file.sha256, "hex").toString("base64"),
        Metadata: { sha256: file.sha256 },
        ...conditionOf(etag),
      });
      return;
    } catch (error) {
      const isPassing = error instanceof AwsError && /^aws\/(unreachable|throttled)$/.test(error.code);
      if (left === 0 || !isPassing) throw error;
    }
  }
}

/** Copies an object inside the bucket, metadata too. */
export async function copyObject(at: Prefix, from: string, to: string): Promise<void> {
  const CopySource = encodeURI(`${at.bucket}/${at.prefix}${from}`);
  await (await at.aws.s3()).copyObject({ ...locate(at, to), CopySource });
}

/**
 * Deletes an object; one that is gone is fine.
 *
 * @param etag only if it still is this one
 */
export async function deleteObject(at: Prefix, name: string, etag?: string): Promise<void> {
  const s3 = await at.aws.s3();
  await orMissing(() => s3.deleteObject({ ...locate(at, name), ...(etag !== undefined && { IfMatch: etag }) }));
}

/** Names of the objects in a folder, not of those further down. */
export async function listObjects(at: Prefix, folder = ""): Promise<string[]> {
  const Prefix = `${at.prefix}${folder}`;
  const names: string[] = [];
  for await (const page of (await at.aws.s3()).paginateListObjectsV2({ Bucket: at.bucket, Prefix, Delimiter: "/" }))
    for (const { Key = "" } of page.Contents ?? []) names.push(Key.slice(Prefix.length));
  return names.filter((name) => name !== "");
}

/** Whether a write or a removal was refused because somebody else had changed the object. */
export function isOvertaken(error: unknown): boolean {
  return isAwsError(error, "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "NotFound");
}

function locate({ bucket, prefix }: Prefix, name: string) {
  return { Bucket: bucket, Key: `${prefix}${name}` };
}

function conditionOf(etag: string | undefined) {
  return etag === undefined ? { IfNoneMatch: "*" } : { IfMatch: etag };
}

async function orMissing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isAwsError(error, "NoSuchKey", "NotFound")) return undefined;
    throw error;
  }
}
