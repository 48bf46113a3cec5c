import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { putAssets } from "../../provider/src/cli/showtime/put-assets";
import { ROOT } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";

let server: TestServer;
let folder: string;
let temporary: string;

beforeAll(async () => {
  server = await useSuperset();
  folder = mkdtempSync(join(tmpdir(), "branch-"));
  cpSync(join(ROOT, "assets"), join(folder, "assets"), { recursive: true });
  temporary = mkdtempSync(join(tmpdir(), "temporary-"));
  // Other tests make the same folders at the same time.
  vi.stubEnv("TMPDIR", temporary);
});
afterAll(() => {
  vi.unstubAllEnvs();
  for (const path of [folder, temporary]) rmSync(path, { recursive: true, force: true });
});

const put = () =>
  putAssets({
    pullRequest: 7,
    folder: join(folder, "assets"),
    login: { url: server.url, username: server.username, password: "admin" },
  });

describe("the assets of a branch", () => {
  it("are in its environment, and nothing of the project that put them there is left", async () => {
    const outcome = await put();
    expect(outcome).toMatchObject({ isDone: true, problems: [], summary: expect.stringMatching(/^\d+ assets/) });
    const [dashboards] = await server.query("SELECT count(*)::int AS n FROM dashboards");
    expect(dashboards).toEqual({ n: 2 });
    expect(readdirSync(temporary).filter((name) => name.startsWith("pulumi-superset-"))).toEqual([]);
  });

  it("are brought up to date by the next commit; a database that is there stays as it is", async () => {
    await server.query("UPDATE dbs SET cache_timeout = 77 WHERE database_name = 'Shop'");
    await server.query(
      "UPDATE slices SET slice_name = 'By hand', changed_on = now() WHERE slice_name = 'Best sellers'",
    );
    expect(await put()).toMatchObject({ isDone: true });
    expect(await server.query("SELECT 1 FROM slices WHERE slice_name = 'By hand'")).toEqual([]);
    const [database] = await server.query("SELECT cache_timeout FROM dbs WHERE database_name = 'Shop'");
    expect(database).toEqual({ cache_timeout: 77 });
  });

  it("that cannot be put there are named, with the reason", async () => {
    writeFileSync(
      join(folder, "assets/datasets/Shop/lost.yaml"),
      "table_name: lost\nuuid: 22222222-0000-4000-8000-000000000001\ndatabase_uuid: 22222222-0000-4000-8000-000000000002\nversion: 1.0.0\n",
    );
    const outcome = await put();
    expect(outcome.isDone).toBe(false);
    expect(outcome.problems.join("\n")).toContain("lost");
  });
});
