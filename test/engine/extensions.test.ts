import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleOf, writeBundleFolder } from "../support/bundles";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { listServed } from "../support/served-extensions";
import { type TestServer, useSuperset } from "../support/servers";

const HELLO = "acme-lab.hello-world";
const PANEL = "acme.panel";

describe("extensions on a real Superset", () => {
  let server: TestServer;
  let project: PulumiProject;
  let restarts: string;

  beforeAll(async () => {
    server = await useSuperset();
    project = await createProject({
      server,
      assets: "unused",
      program: join(ROOT, "test/fixtures/extensions-program"),
      settings: { databases: undefined, extensions: { target: server.extensions, confirmSeconds: 1 } },
    });
    restarts = join(project.folder, "restarts");
    mkdirSync(join(project.folder, "extensions"));
  });
  afterAll(async () => {
    project.remove();
    await server.empty();
  });

  /** Puts a bundle of Apache's own tool into the program's folder, in the place of another version. */
  function provideHello(version: string): void {
    const folder = join(project.folder, "extensions");
    for (const file of readdirSync(folder)) rmSync(join(folder, file));
    copyFileSync(join(ROOT, `test/fixtures/extensions/hello-world-${version}.supx`), join(folder, "hello.supx"));
  }

  const listed = () => listServed(server);

  /** Outputs of the resources by the id of their extension. */
  function delivered(): Record<string, Record<string, unknown>> {
    return Object.fromEntries(project.resources().map(({ outputs }) => [String(outputs.extension), outputs]));
  }

  const times = () =>
    readdirSync(server.extensions, { recursive: true, encoding: "utf8" }).map(
      (file) => `${file} ${statSync(join(server.extensions, file)).mtimeMs}`,
    );

  it("puts them there, a folder and one bundle; then nothing is left to do, and nothing is written", async () => {
    provideHello("0.1.0");
    writeBundleFolder(join(project.folder, "panel"), bundleOf(PANEL, "1.0.0"));
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toContain("start it again yourself (output restartRequired)");
    expect(await listed()).toEqual([`${HELLO} 0.1.0`, `${PANEL} 1.0.0`]);
    expect(delivered()).toMatchObject({
      [HELLO]: { origin: "created", restartRequired: true },
      [PANEL]: { origin: "created", restartRequired: true, bundle: "panel" },
    });
    expect(project.state()).not.toContain(join(project.folder, "panel"));
    const before = times();
    expect(await project.up({ args: ["--expect-no-changes"] })).toMatchObject({ code: 0 });
    expect(times()).toEqual(before);
  });

  it("shows an update before it is done, and starts Superset again once for all that waits for it", async () => {
    provideHello("0.2.0");
    const script = `require("node:fs").appendFileSync(${JSON.stringify(restarts)}, "once\\n")`;
    const restart = { command: [process.execPath, "-e", script] };
    project.configure({ extensions: { target: server.extensions, confirmSeconds: 1, restart } });
    const preview = await project.preview();
    expect(preview.output).toContain("update: version 0.1.0 -> 0.2.0");
    expect(preview.output).toContain("take: its backend waits for a restart");
    expect(await listed()).toContain(`${HELLO} 0.1.0`);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await listed()).toEqual([`${HELLO} 0.2.0`, `${PANEL} 1.0.0`]);
    expect(readFileSync(restarts, "utf8")).toBe("once\n");
    expect(delivered()).toMatchObject({ [HELLO]: { restartRequired: false }, [PANEL]: { restartRequired: false } });
  });

  it("finds what was changed and removed by hand, and puts it right", async () => {
    const { file } = delivered()[PANEL] ?? {};
    rmSync(join(server.extensions, String(file)));
    const hello = join(server.extensions, String(delivered()[HELLO]?.file));
    copyFileSync(join(ROOT, "test/fixtures/extensions/hello-world-0.1.0.supx"), hello);
    const check = await project.checkDrift();
    expect(check.code).toBe(7);
    expect(check.output).toContain("changed by hand on the target");
    const up = await project.up();
    expect(up).toMatchObject({ code: 0 });
    expect(up.output).toContain("changed on the target since it was delivered");
    expect(await listed()).toEqual([`${HELLO} 0.2.0`, `${PANEL} 1.0.0`]);
  });

  it("removes what is no longer declared only with DELETE", async () => {
    rmSync(join(project.folder, "panel"), { recursive: true });
    const kept = await project.up();
    expect(kept.output).toContain("extension acme.panel stays: the strategy (CREATE | UPDATE) has no DELETE");
    expect(await listed()).toEqual([`${HELLO} 0.2.0`, `${PANEL} 1.0.0`]);
    const extensions = { target: server.extensions, confirmSeconds: 1, strategy: "CREATE | UPDATE | DELETE" };
    project.configure({ extensions });
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await listed()).toEqual([`${HELLO} 0.2.0`]);
  });

  it("explains a target that the server does not read, and goes on from there", async () => {
    const elsewhere = join(project.folder, "elsewhere");
    project.configure({ extensions: { target: elsewhere, confirmSeconds: 0 } });
    provideHello("0.1.0");
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toContain("Superset never reads SUPERSET_EXTENSIONS_PATH by itself");
    expect(delivered()).toMatchObject({ [HELLO]: { place: elsewhere, version: "0.1.0" } });
    expect(existsSync(join(elsewhere, String(delivered()[HELLO]?.file)))).toBe(true);
    // Somebody makes the server read it.
    rmSync(server.extensions, { recursive: true });
    mkdirSync(server.extensions);
    copyFileSync(join(elsewhere, String(delivered()[HELLO]?.file)), join(server.extensions, "by-another-way.supx"));
    const again = await project.up();
    expect(again).toMatchObject({ code: 0 });
    expect(again.output).toContain("1 updated");
  });

  it("refuses everything where a bundle has errors", async () => {
    writeFileSync(join(project.folder, "extensions/broken.supx"), "no archive");
    const preview = await project.preview();
    expect(preview.code).not.toBe(0);
    expect(preview.output).toContain("[zip-invalid]");
    expect(preview.output).toContain("nothing was written");
  });
});
