import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ensurePulumi } from "../../scripts/lib/pulumi.mjs";
import { startAws } from "../support/aws";
import { Services } from "../support/aws-services";

/** Test files run at the same time, each with an AWS of its own; engines keep their state there. */

test("two at the same time know nothing of each other, and their addresses differ", async () => {
  const both = await Promise.all([startAws(), startAws()]);
  const addresses = await Promise.all(
    both.map(async (aws) => {
      const services = new Services(aws.url, await aws.settings());
      await aws.pushImage("pr-1-aaaaaaa-ci");
      await services.create("pr-1-aaaaaaa", await services.register("pr-1-aaaaaaa-ci"));
      await services.settle("pr-1-aaaaaaa");
      return services.readAddress("pr-1-aaaaaaa");
    }),
  );
  expect(new Set(addresses).size).toBe(2);
  for (const [index, aws] of both.entries()) {
    expect((await aws.visit(`http://${addresses[index]}:8080/`)).status).toBe(200);
    await aws.close();
    await expect(aws.visit(`http://${addresses[index]}:8080/`)).rejects.toThrow("ECONNREFUSED");
  }
});

test("the engine keeps its state in a bucket", async () => {
  const aws = await startAws();
  onTestFinished(() => aws.close());
  const folder = mkdtempSync(join(tmpdir(), "aws-state-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const { bin } = await ensurePulumi();
  const backend = await aws.makeBucket("state");
  const env = {
    ...{ ...process.env, ...aws.environment, PULUMI_HOME: join(folder, "home"), PULUMI_BACKEND_URL: backend },
    ...{ PULUMI_CONFIG_PASSPHRASE: "stand-in", PULUMI_SKIP_UPDATE_CHECK: "true" },
  };
  const run = (...args: string[]) =>
    execFileSync(join(bin, "pulumi"), args, { cwd: folder, env, encoding: "utf8", stdio: "pipe" });
  writeFileSync(join(folder, "Pulumi.yaml"), "name: circus-showtime\nruntime: nodejs\n");
  run("stack", "init", "pr-1", "--non-interactive");
  expect(JSON.parse(run("stack", "ls", "--json"))).toMatchObject([{ name: "pr-1" }]);
  expect(aws.calls).toContainEqual({ service: "s3", operation: "PutObject" });
});
