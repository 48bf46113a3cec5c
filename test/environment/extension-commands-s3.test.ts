import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsStandIn, startAws } from "../support/aws";
import { makeFolder, writeExtension } from "../support/delivery";
import { runCommand } from "../unit/command-support";

const ID = "acme.panel";
const TARGET = "s3://extensions/live";

let aws: AwsStandIn;

beforeAll(async () => {
  aws = await startAws();
  await aws.makeBucket("extensions");
});

afterAll(() => aws.close());

const extension = (args: readonly string[]) =>
  runCommand(["extension", ...args, "--target", TARGET], { env: { ...aws.environment, AWS_REGION: "us-west-2" } });

test("the commands bring bundles to a bucket, list them, go back, and take them away", async () => {
  const folder = makeFolder();
  writeExtension(folder, ID, "1.0.0");
  const upsert = () => extension(["upsert", "--from", folder, "--strict"]);
  const counted = (counts: string) =>
    `Extension update check completed successfully. Discovered: 1, ${counts}, Errors: 0\n`;
  expect(await upsert()).toEqual({
    code: 0,
    stdout: `INFO - ${ID} 1.0.0: delivered, new.\n${counted("Updated: 1, Skipped: 0")}`,
    stderr: "",
  });
  expect(await upsert()).toMatchObject({ code: 0, stdout: counted("Updated: 0, Skipped: 1") });
  writeExtension(folder, ID, "1.1.0");
  expect(await upsert()).toMatchObject({ code: 0, stdout: expect.stringContaining("in the place of 1.0.0") });
  expect(await extension(["list"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/acme\.panel +1\.1\.0 +as delivered +1\.0\.0/),
  });
  expect(await extension(["rollback", ID])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`${ID}: 1.1.0 → 1.0.0 on ${TARGET}`),
  });
  // The next start of a container leaves it so.
  expect(await upsert()).toMatchObject({ code: 0, stdout: expect.stringContaining("it was rolled back to 1.0.0") });
  expect(await extension(["remove", ID])).toMatchObject({ code: 0 });
  expect(await extension(["list"])).toMatchObject({ code: 0, stdout: `There is no extension on ${TARGET}.\n` });
});

test("a bucket that is not there never stands against the start, and is named", async () => {
  const folder = makeFolder();
  writeExtension(folder, ID, "1.0.0");
  const args = ["extension", "upsert", "--from", folder, "--target", "s3://nowhere/live"];
  const ended = await runCommand(args, { cwd: join(folder), env: { ...aws.environment, AWS_REGION: "us-west-2" } });
  expect(ended.code).toBe(0);
  expect(ended.stdout).toMatch(/^WARNING - .*nowhere.*skipped\.\n$/);
});
