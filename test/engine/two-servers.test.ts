import { randomUUID } from "node:crypto";
import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { generateCorpus } from "../../bench/generate-corpus.mjs";
import { removeLostFilters } from "../../bench/remove-lost-filters.mjs";
import { findLostFilters, listFilterable } from "../../provider/src/assets/lost-filters";
import { type Assets, readAssets } from "../../provider/src/assets/read-folder";
import type { ImportEntry } from "../../provider/src/superset/importer";
import { createSamples } from "../support/import-samples";
import { clientOf } from "../support/people";
import { createProject, type PulumiProject, ROOT } from "../support/pulumi-project";
import { putEntries } from "../support/put-entries";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";

let production: TestServer;
let qa: TestServer;
const projects: PulumiProject[] = [];

beforeAll(async () => {
  [production, qa] = await Promise.all([useSuperset(), useSecondSuperset()]);
});
afterAll(() => {
  for (const project of projects) project.remove();
});

/** Puts assets onto a server as somebody else would. */
const put = (server: TestServer, entries: readonly ImportEntry[]) => putEntries(clientOf(server), entries);

/** A database of the target: known by its name, with a UUID and an address of its own. */
function targetDatabase(name: string, uri: string): ImportEntry {
  const uuid = randomUUID();
  const document = {
    database_name: name,
    sqlalchemy_uri: uri,
    extra: {},
    expose_in_sqllab: true,
    uuid,
    version: "1.0.0",
  };
  return { kind: "database", uuid, title: name, path: `databases/${name}.yaml`, document };
}

/** Other people's charts, dashboards and datasets, as many as given: they also move the integer ids. */
async function putOthers(server: TestServer, count: number): Promise<void> {
  const entries = Array.from({ length: count }, () => {
    const samples = createSamples();
    const database = samples.database();
    const dataset = samples.dataset(database);
    const chart = samples.chart(dataset);
    return [database, dataset, chart, samples.dashboard([chart])];
  });
  await put(server, entries.flat());
}

/** The part of a server's content that was there before. */
async function contentOf(
  server: TestServer,
  lines: readonly string[],
): Promise<{ assets: string[]; versions: string[] }> {
  const keys = new Set(lines.map((line) => line.split(" ").slice(0, 2).join(" ")));
  const isOld = (line: string) => keys.has(line.split(" ").slice(0, 2).join(" "));
  const { assets, versions } = await readContent(server);
  return { assets: assets.filter(isOld), versions: versions.filter(isOld) };
}

describe("the same folder on two servers that differ in everything", () => {
  const folder = join(ROOT, "assets");
  const link = "https://git.example.com/bi/blob/main/assets/{path}";
  const chartRows = "SELECT uuid::text, id, is_managed_externally AS managed, external_url FROM slices ORDER BY uuid";

  beforeAll(async () => {
    const uri = `sqlite:///${inject("sampleData")}`;
    await Promise.all([
      put(production, [targetDatabase("Shop", uri)]).then(() => putOthers(production, 3)),
      put(qa, [targetDatabase("Shop of QA", `${uri}?timeout=5`)]).then(() => putOthers(qa, 1)),
    ]);
    projects.push(
      await createProject({
        server: production,
        assets: folder,
        stack: "production",
        settings: { role: "production", databases: undefined, externalUrl: link },
      }),
      await createProject({
        server: qa,
        assets: folder,
        stack: "qa",
        settings: { role: "qa", databases: { Shop: { name: "Shop of QA" } }, strategy: "CREATE | UPDATE | DELETE" },
      }),
    );
  });

  it("makes each right, by its role, and leaves alone what is nobody's business", async () => {
    const before = [await readContent(production), await readContent(qa)];
    const ups = await Promise.all(projects.map((project) => project.up()));
    for (const up of ups) expect(up).toMatchObject({ code: 0 });
    const made: string[][] = [];

    for (const [index, server] of [production, qa].entries()) {
      const old = before[index] ?? { assets: [], versions: [] };
      // Databases included: address and time of the last change are in here.
      expect(await contentOf(server, old.assets)).toEqual(old);
      const { assets } = await readContent(server);
      made.push(assets.filter((line) => !old.assets.includes(line)));
      const links = await server.query(
        "SELECT count(*)::int AS n FROM dashboard_slices l JOIN dashboards d ON d.id = l.dashboard_id WHERE d.slug LIKE 'shop%'",
      );
      expect(Number(links[0]?.n)).toBeGreaterThanOrEqual(10);
      const databases = await server.query(
        "SELECT DISTINCT d.database_name FROM tables t JOIN dbs d ON d.id = t.database_id WHERE t.table_name = 'sales'",
      );
      expect(databases).toEqual([{ database_name: index === 0 ? "Shop" : "Shop of QA" }]);
    }
    expect(made[0]).toHaveLength(17);
    expect(made[0]).toEqual(made[1]);
    const [charts, others] = [await production.query(chartRows), await qa.query(chartRows)];
    const ofBoth = charts.filter(({ uuid }) => others.some((other) => other.uuid === uuid));
    expect(ofBoth).toHaveLength(10);
    expect(
      ofBoth.every(
        ({ managed, external_url }) =>
          managed === true && String(external_url).startsWith("https://git.example.com/bi/blob/main/assets/charts/"),
      ),
    ).toBe(true);
    expect(others.every(({ managed, external_url }) => managed === false && external_url === null)).toBe(true);
    expect(ofBoth.map(({ id }) => id)).not.toEqual(
      others.filter(({ uuid }) => ofBoth.some((chart) => chart.uuid === uuid)).map(({ id }) => id),
    );
  });

  it("writes the lock and the link with the assets themselves, for every kind", async () => {
    for (const [table, count] of [
      ["slices", 10],
      ["dashboards", 2],
      ["tables", 5],
    ] as const) {
      const rows = await production.query(
        `SELECT count(*)::int AS n FROM ${table} WHERE is_managed_externally AND external_url LIKE 'https://git.example.com/%'`,
      );
      expect(rows).toEqual([{ n: count }]);
    }
  });

  it("keeps the owners, whoever they are on that server, when an asset changes", async () => {
    const [first] = await qa.query("SELECT id FROM slices WHERE slice_name = 'Best sellers'");
    await qa.query(`
      WITH somebody AS (INSERT INTO ab_user (id, first_name, last_name, username, email, active)
        VALUES ((SELECT max(id) + 1 FROM ab_user), 'Else', 'Somebody', 'somebody-${Date.now()}', 'somebody-${Date.now()}@example.com', true) RETURNING id),
      gone AS (DELETE FROM slice_user WHERE slice_id = ${first?.id})
      INSERT INTO slice_user (user_id, slice_id) SELECT somebody.id, ${first?.id} FROM somebody`);
    const owners = `SELECT user_id FROM slice_user WHERE slice_id = ${first?.id}`;
    const before = await qa.query(owners);
    const [, project] = projects;
    project?.configure({ externalUrl: link });
    expect(await project?.up()).toMatchObject({ code: 0 });
    expect(await qa.query(`SELECT external_url FROM slices WHERE id = ${first?.id}`)).toEqual([
      { external_url: link.replace("{path}", "charts/best-sellers.yaml") },
    ]);
    expect(await qa.query(owners)).toEqual(expect.arrayContaining(before));
  });
});

describe("a corpus of real size with real defects", () => {
  const shared = join(ROOT, "../shared/corpus/ol-superset");
  let folder: string;
  let settings: Record<string, unknown>;
  let project: PulumiProject;

  beforeAll(async () => {
    await production.empty();
    folder = mkdtempSync(join(tmpdir(), "pulumi-superset-corpus-"));
    if (existsSync(shared)) cpSync(shared, folder, { recursive: true, mode: 0 });
    else generateCorpus(folder, { defects: true });
    const corpus = await readAssets(folder);
    settings = repair(corpus);
    const names = corpus.definitions.filter(({ kind }) => kind === "database").map(({ title }) => title);
    await put(
      production,
      names.map((name) => targetDatabase(name, "sqlite:////tmp/corpus.db")),
    );
    project = await createProject({ server: production, assets: folder, settings: { databases: {} } });
    projects.push(project);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** The settings that the findings themselves advise. */
  function repair({ findings }: Assets): Record<string, unknown> {
    const errors = findings.filter(({ severity }) => severity === "error");
    const databases: Record<string, { name: string }> = {};
    for (const { rule, message } of errors) {
      const meant = /the database (\S+) is in no file.*suggests the database "(.+)"/.exec(message);
      if (rule === "reference-missing" && meant?.[1] && meant[2]) databases[meant[1]] = { name: meant[2] };
    }
    const exclude = errors.filter(({ rule }) => rule.endsWith("-duplicate")).map(({ file }) => file);
    return { databases, exclude: [...new Set(exclude)] };
  }

  it("is refused as it is, with all defects at once and before anything is written", async () => {
    const before = await readContent(production);
    const up = await project.up();
    expect(up.code).not.toBe(0);
    expect(up.output).toMatch(/8 errors in the asset files/);
    expect(await readContent(production)).toEqual(before);
  });

  it("is deployed once settings and files repair it, and then nothing is left to do", async () => {
    const lost = await removeLostFilters(folder, { readAssets, findLostFilters, listFilterable });
    expect(lost).toBe(existsSync(shared) ? 1 : 0);
    const counts =
      "SELECT (SELECT count(*)::int FROM tables) AS datasets, (SELECT count(*)::int FROM slices) AS charts, (SELECT count(*)::int FROM dashboards) AS dashboards";
    const databases = "SELECT database_name, sqlalchemy_uri, changed_on::text FROM dbs ORDER BY id";
    project.configure({ ...settings, role: "production" });
    const before = await production.query(databases);
    expect(await project.up()).toMatchObject({ code: 0 });
    expect(await production.query(databases)).toEqual(before);
    expect(await production.query(counts)).toEqual([{ datasets: 215, charts: 128, dashboards: 19 }]);
    expect(await project.preview({ expectNoChanges: true })).toMatchObject({ code: 0 });
  });
});
