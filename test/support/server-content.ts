import type { TestServer } from "./servers";

/** What a server has, one readable line an asset or link. */
export interface ServerContent {
  /** Kind, UUID, title and content of every asset, and the charts of every dashboard: equal where the assets are. */
  readonly assets: readonly string[];
  /** Kind, UUID, integer id and time of the last change: equal only where nothing was written in between. */
  readonly versions: readonly string[];
}

const KINDS = [
  ["database", "dbs", "database_name", "sqlalchemy_uri"],
  [
    "dataset",
    "tables",
    "table_name",
    "concat_ws('|', schema, sql, (SELECT string_agg(column_name, ',' ORDER BY column_name) FROM table_columns WHERE table_id = t.id), (SELECT string_agg(metric_name, ',' ORDER BY metric_name) FROM sql_metrics WHERE table_id = t.id))",
  ],
  [
    "chart",
    "slices",
    "slice_name",
    "concat_ws('|', viz_type, (SELECT uuid FROM tables WHERE id = t.datasource_id), description)",
  ],
  [
    "dashboard",
    "dashboards",
    "dashboard_title",
    "concat_ws('|', slug, css, (SELECT string_agg(s.uuid::text, ',' ORDER BY s.uuid) FROM dashboard_slices l JOIN slices s ON s.id = l.slice_id WHERE l.dashboard_id = t.id))",
  ],
] as const;

/** Reads all assets of a server out of its metadata database, past everything that could lie. */
export async function readContent(server: TestServer): Promise<ServerContent> {
  const assets: string[] = [];
  const versions: string[] = [];
  for (const [kind, table, title, content] of KINDS) {
    const rows = await server.query(
      `SELECT uuid::text, id, ${title} AS title, ${content} AS content, changed_on::text FROM ${table} t ORDER BY uuid, id`,
    );
    for (const { uuid, id, title: name, content: text, changed_on } of rows) {
      assets.push(`${kind} ${uuid} ${name}: ${text}`);
      versions.push(`${kind} ${uuid} ${id} ${changed_on}`);
    }
  }
  return { assets, versions };
}

/** How many assets of each kind a server has. */
export function countKinds(content: ServerContent): Record<string, number> {
  const counts: Record<string, number> = { database: 0, dataset: 0, chart: 0, dashboard: 0 };
  for (const line of content.assets) {
    const kind = line.split(" ", 1)[0] ?? "";
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}
