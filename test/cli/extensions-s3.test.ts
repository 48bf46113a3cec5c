import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AwsStandIn, startAws } from "../support/aws";
import { bundleOf, writeBundleFolder } from "../support/bundles";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { listServed } from "../support/served-extensions";
import { type TestServer, useSuperset } from "../support/servers";

/** A server that has fetched a bucket at its start, and fetches it again when it is started again. */

const PANEL = "acme.panel";
const REGION = "us-west-2";

let aws: AwsStandIn;
let server: TestServer;
let project: PulumiProject;
let environment: Record<string, string>;

beforeAll(async () => {
  [aws, server] = await Promise.all([startAws(), useSuperset()]);
  await aws.makeBucket("extensions");
  environment = { ...aws.environment, AWS_REGION: REGION };
  const fetchAgain = [join(ROOT, "test/support/fetch-bucket.mjs"), "extensions", "live/", server.extensions];
  project = await createProject({
    server,
    assets: "unused",
    program: join(ROOT, "test/fixtures/extensions-program"),
    settings: {
      databases: undefined,
      extensions: {
        target: `s3://extensions/live?region=${REGION}`,
        strategy: "CREATE | UPDATE | DELETE",
        confirmSeconds: 1,
        restart: { command: [process.execPath, ...fetchAgain] },
      },
    },
  });
  mkdirSync(join(project.folder, "extensions"));
});
afterAll(async () => {
  project?.remove();
  await server?.empty();
  await aws?.close();
});

/** Puts the bundle into the program's folder; without backend code, which alone would need a restart. */
function provide(version: string): void {
  const { "manifest.json": manifest = "{}", ...files } = bundleOf(PANEL, version);
  const { backend: _, ...rest } = JSON.parse(manifest) as Record<string, unknown>;
  const frontend = Object.entries(files).filter(([path]) => path.startsWith("frontend/"));
  const folder = join(project.folder, "panel");
  rmSync(folder, { recursive: true, force: true });
  writeBundleFolder(folder, { "manifest.json": JSON.stringify(rest), ...Object.fromEntries(frontend) });
}

const listed = () => listServed(server);
const deploy = (...args: string[]) => project.deploy(args, environment);
const listWrites = () => aws.calls.filter(({ operation }) => /^(Put|Delete|Copy)/.test(operation));

it("deploy shows what it would deliver, delivers it, and starts the server again where that does not show it", async () => {
  provide("1.0.0");
  const planned = await deploy("--dry-run");
  expect(planned, planned.output).toMatchObject({ code: 0 });
  expect(planned.output).toMatch(/superset:Extension panel +create/);
  expect(listWrites()).toEqual([]);
  const deployed = await deploy();
  expect(deployed, deployed.output).toMatchObject({ code: 0 });
  expect(await listed()).toEqual([`${PANEL} 1.0.0`]);
});

it("writes nothing where nothing changed", async () => {
  aws.forgetCalls();
  const again = await deploy();
  expect(again, again.output).toMatchObject({ code: 0 });
  expect(listWrites()).toEqual([]);
});

it("delivers another version, and takes away what is no longer declared", async () => {
  provide("1.1.0");
  expect(await deploy()).toMatchObject({ code: 0 });
  expect(await listed()).toEqual([`${PANEL} 1.1.0`]);
  rmSync(join(project.folder, "panel"), { recursive: true });
  const removed = await deploy();
  expect(removed, removed.output).toMatchObject({ code: 0 });
  expect(await listed()).toEqual([]);
  const list = await project.command(
    ["extension", "list", "--target", `s3://extensions/live?region=${REGION}`],
    environment,
  );
  expect(list).toMatchObject({ code: 0, stdout: expect.stringContaining("There is no extension") });
});
