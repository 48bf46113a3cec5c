/** Fetches a bucket's prefix into a folder, and nothing below it: what a container does before it starts Superset. */
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { S3 } from "@aws-sdk/client-s3";

const [bucket, prefix, folder] = process.argv.slice(2);
const s3 = new S3({ forcePathStyle: true });
const { Contents = [] } = await s3.listObjectsV2({ Bucket: bucket, Prefix: prefix });
const keys = Contents.map(({ Key }) => Key.slice(prefix.length)).filter((key) => !key.includes("/"));
for (const name of readdirSync(folder)) if (!keys.includes(name)) rmSync(join(folder, name), { recursive: true });
for (const name of keys) {
  const { Body } = await s3.getObject({ Bucket: bucket, Key: `${prefix}${name}` });
  writeFileSync(join(folder, name), await Body.transformToByteArray());
}
