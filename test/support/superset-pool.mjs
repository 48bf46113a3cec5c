import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSuperset } from "../../scripts/lib/superset.mjs";
import { startPostgres } from "./postgres.mjs";

/** Everything that a person can make in Superset; roles, permissions and the admin stay. */
const CONTENT_TABLES = [
  "dashboard_slices",
  "dashboard_user",
  "dashboard_roles",
  "embedded_dashboards",
  "slice_user",
  "sqlatable_user",
  "table_columns",
  "sql_metrics",
  "slices",
  "dashboards",
  "tables",
  "dbs",
  "favstar",
  "logs",
  "key_value",
  "tagged_object",
  "tag",
  "report_schedule",
  "rls_filter_tables",
  "rls_filter_roles",
  "row_level_security_filters",
  "themes",
  "saved_query",
  "query",
];

/**
 * Real Superset servers over PostgreSQL metadata, started at the same time.
 * @param {{names: string[], extraConfig?: string[], log?: (text: string) => void}} options names of their metadata databases
 */
export async function startSupersetPool({ names, extraConfig = [], log = () => undefined }) {
  const postgres = await startPostgres({ log });
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-servers-"));
  const servers = await Promise.all(
    names.map(async (name) => {
      const metadataUri = await postgres.createMetadata(name);
      const extensions = join(folder, `${name}-extensions`);
      mkdirSync(extensions);
      const config = [...extraConfig, `EXTENSIONS_PATH = ${JSON.stringify(extensions)}`];
      const server = await startSuperset({ home: join(folder, name), metadataUri, extraConfig: config, log });
      return { name, url: server.url, logFile: server.logFile, extensions, stop: () => server.stop() };
    }),
  );
  return {
    servers,
    postgres,
    /** Empties a server. */
    reset: (name) => resetMetadata(postgres, name),
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
      await postgres.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Empties the content of one server's metadata; the server need not be started again. */
export async function resetMetadata(postgres, name) {
  const rows = await postgres.query(name, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
  const there = new Set(rows.map((row) => row.tablename));
  const tables = CONTENT_TABLES.filter((table) => there.has(table));
  await postgres.query(name, `TRUNCATE ${tables.join(", ")} CASCADE`);
}
