import { resolve } from "node:path";
import { openAws } from "../aws/clients";
import { ProblemError } from "../core/errors";
import { FolderShelf } from "./folder-shelf";
import { S3Shelf } from "./s3-shelf";
import { ShelfTarget } from "./shelf-target";
import type { ExtensionTarget } from "./target";

/**
 * Opens a target; nothing is read or written yet.
 *
 * @param address path of a folder (made when the first extension comes), or `s3://bucket/prefix?region=eu-west-1`; the
 *   region may also come from `AWS_REGION`
 * @param mayWrite called before each write to a bucket; what it throws ends the write
 * @throws ProblemError `delivery/address-invalid`
 */
export function openTarget(address: string, mayWrite?: () => void): ExtensionTarget {
  if (/^~(\/|$)/.test(address)) throw badAddress(address, "`~` is not replaced here: only a shell does that.");
  if (/^[a-z][a-z0-9+.-]+:(\/[^/]|$)/i.test(address)) throw badAddress(address, "Of an address it has one slash only.");
  const isFolder = !/^[a-z][a-z0-9+.-]+:\/\//i.test(address) && address.trim() !== "";
  return new ShelfTarget(isFolder ? new FolderShelf(resolve(address)) : openBucket(address, mayWrite));
}

function openBucket(address: string, mayWrite?: () => void): S3Shelf {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol !== "s3:" || url.host === "" || url.username !== "")
    throw badAddress(address, "It is neither a path nor s3://bucket/prefix.");
  const unknown = [...url.searchParams.keys()].find((key) => key !== "region");
  if (unknown !== undefined) throw badAddress(address, `It says "${unknown}", and may say only the region.`);
  const { AWS_REGION, AWS_DEFAULT_REGION } = process.env;
  const region = url.searchParams.get("region") || AWS_REGION || AWS_DEFAULT_REGION;
  if (region === undefined || region === "") throw badAddress(address, "The region of the bucket is not known.");
  const folder = decodeURIComponent(url.pathname).replace(/^\/+|\/+$/g, "");
  const prefix = folder === "" ? "" : `${folder}/`;
  return new S3Shelf({ aws: openAws({ region }, mayWrite), bucket: url.host, prefix });
}

function badAddress(address: string, why: string): ProblemError {
  return new ProblemError({
    code: "delivery/address-invalid",
    summary: `"${address}" is no place for extensions.`,
    why,
    remedy: "Give the path of a folder, or s3://bucket/prefix?region=eu-west-1.",
    exitCode: 2,
  });
}
