import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { readDefinitions } from "../../provider/src/cli/read-definitions";
import { writeAssetsProject } from "../../provider/src/cli/showtime/assets-project";
import { openDoor } from "../../provider/src/cli/showtime/loopback-door";
import { explain, putAssets } from "../../provider/src/cli/showtime/put-assets";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "showtime-assets-"));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

const LOGIN = { url: "http://127.0.0.1:9", username: "admin", password: "a-password-of-the-tests" };

function writeDatabase(name: string, uri: string, uuid: string): void {
  mkdirSync(join(folder, "assets/databases"), { recursive: true });
  const text = `database_name: ${name}\nsqlalchemy_uri: ${uri}\nuuid: ${uuid}\nversion: 1.0.0\n`;
  writeFileSync(join(folder, `assets/databases/${name}.yaml`), text);
}

describe("the project of an environment's assets", () => {
  it("creates databases without what only other servers know, changes none, and holds no secret", async () => {
    writeDatabase("Open", "postgresql://reader@db.example.com/shop", "11111111-0000-4000-8000-000000000001");
    writeDatabase(
      "Closed",
      "postgresql://reader:XXXXXXXXXX@db.example.com/shop",
      "11111111-0000-4000-8000-000000000002",
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: variables of other tools look so.
    writeDatabase("Templated", '"postgresql://${USER}@db.example.com/shop"', "11111111-0000-4000-8000-000000000003");
    const assets = join(folder, "assets");
    const project = join(folder, "project");
    mkdirSync(project);
    const definitions = await readDefinitions(assets);
    const { url, username } = LOGIN;
    writeAssetsProject({ folder: project, stack: "pr-7", url, username, assets, definitions });
    const { config } = parse(readFileSync(join(project, "Pulumi.pr-7.yaml"), "utf8"));
    expect(config).toMatchObject({
      "superset:url": LOGIN.url,
      "superset:auth": { provider: "db", username: "admin", passwordEnv: "SHOWTIME_PASSWORD" },
      "superset:strategy": { default: "CREATE | UPDATE", databases: "CREATE" },
      "superset:exclude": ["**/access.yaml"],
      "superset:databases": {
        Closed: { passwordEnv: "SHOWTIME_DATABASE_PASSWORD" },
        Templated: { sqlalchemyUri: expect.stringContaining(".invalid/") },
      },
    });
    expect(Object.keys(config["superset:databases"])).not.toContain("Open");
    const texts = readdirSync(project)
      .filter((name) => /\.(ya?ml|js|json)$/.test(name))
      .map((name) => readFileSync(join(project, name), "utf8"));
    expect(texts.join("")).not.toContain(LOGIN.password);
  });
});

describe("putting assets into an environment", () => {
  it("is told, and no failure of the deployment, where the branch has no such folder", async () => {
    const outcome = await putAssets({ pullRequest: 7, folder: join(folder, "none"), login: LOGIN });
    expect(outcome).toMatchObject({ isDone: false, problems: [], summary: expect.stringContaining("no folder") });
  });

  it("looks at no folder that could show files of this machine", async () => {
    mkdirSync(join(folder, "assets"));
    symlinkSync("/etc/passwd", join(folder, "assets/dashboard.yaml"));
    const outcome = await putAssets({ pullRequest: 7, folder: join(folder, "assets"), login: LOGIN });
    expect(outcome.isDone).toBe(false);
    expect(outcome.problems.join("\n")).toContain("[assets/untrusted]");
    expect(outcome.problems.join("\n")).toContain("dashboard.yaml is a symbolic link");
  });

  it("tells what the engine found wrong, once, without its progress", () => {
    const output = `Previewing update (pr-7):
 +  pulumi:pulumi:Stack showtime-assets-pr-7 creating (10s) error: 1 error in the asset files; nothing was written: [assets/invalid]
Diagnostics:
  pulumi:pulumi:Stack (showtime-assets-pr-7):
    error: 1 error in the asset files; nothing was written: [assets/invalid]
      datasets/Shop/lost.yaml:3: its database is in no file
      to do: Map it.
        at read (/somewhere/file.js:1:2)

Resources:
    1 errored
`;
    expect(explain(output)).toEqual([
      "1 error in the asset files; nothing was written: [assets/invalid]",
      "datasets/Shop/lost.yaml:3: its database is in no file",
      "to do: Map it.",
    ]);
    expect(explain("error: There is no server. [connection/refused]\n")).toEqual([
      "There is no server. [connection/refused]",
    ]);
  });

  it("tells which file cannot be read", async () => {
    mkdirSync(join(folder, "assets/charts"), { recursive: true });
    writeFileSync(join(folder, "assets/charts/broken.yaml"), "slice_name: [");
    const outcome = await putAssets({ pullRequest: 7, folder: join(folder, "assets"), login: LOGIN });
    expect(outcome.isDone).toBe(false);
    expect(outcome.problems.join("\n")).toContain("charts/broken.yaml");
  });
});

describe("the door to an environment without TLS", () => {
  it("is not needed where the address is safe", async () => {
    for (const url of ["https://pr-7.example.com", "http://127.77.0.1:8080"])
      expect((await openDoor(url)).url).toBe(url);
  });

  it("passes on what comes to this machine, and nothing after it was closed", async () => {
    const server = http.createServer((request, response) => response.end(`${request.url} was asked`));
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    const { port } = server.address() as AddressInfo;
    // To the settings that is no address of this machine, to Linux it is.
    const door = await openDoor(`http://0.0.0.0:${port}`);
    try {
      expect(door.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      expect(await (await fetch(`${door.url}/health`)).text()).toBe("/health was asked");
    } finally {
      await door.close();
      server.close();
      server.closeAllConnections();
    }
    await expect(fetch(`${door.url}/health`)).rejects.toThrow();
  });
});
