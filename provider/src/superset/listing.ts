import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import type { SupersetClient } from "./client";

/** What is on the server: one asset as the list endpoints tell it. */
export interface RemoteAsset {
  readonly kind: AssetKind;
  /** In lower case. */
  readonly uuid: string;
  /** The server's integer id: valid on this server only, and only as long as the object lives. */
  readonly id: number;
  /** Database name, table name, chart name or dashboard title. */
  readonly title: string;
  /** When it was last changed, in the server's own words; compare for equality only. */
  readonly changedOn: string;
  /** Databases: Superset's name of their kind, e.g. `postgresql`. */
  readonly backend?: string;
  /** Dashboards. */
  readonly slug?: string | null;
  /** Charts and dashboards: whether the UI is locked (`is_managed_externally`). Lists do not tell it of datasets. */
  readonly managed?: boolean;
  /** Datasets. */
  readonly database?: { readonly id: number };
  /** Datasets; null where the dataset names none. */
  readonly schema?: string | null;
  /** Datasets; null where the dataset names none. */
  readonly catalog?: string | null;
}

/** One page of a list. */
export interface Page {
  /** How many there are on all pages. */
  readonly count: number;
  readonly assets: readonly RemoteAsset[];
}

interface KindList {
  /** Only these are asked for: whole rows are forty times as long (superset-api 6.5). */
  readonly columns: readonly string[];
  /** Does not move when an asset is changed meanwhile; Superset breaks ties by id. */
  readonly order: string;
  readonly page: z.ZodType<Page>;
}

const Common = { id: z.number(), uuid: z.string().toLowerCase() };
const ChangedOn = z.string().nullable();
const Managed = { is_managed_externally: z.boolean().nullish() };

const KIND_LISTS: Readonly<Record<AssetKind, KindList>> = {
  database: {
    columns: ["id", "uuid", "database_name", "backend", "changed_on"],
    order: "database_name",
    page: pageOf(
      z.object({ ...Common, database_name: z.string(), backend: z.string().nullish(), changed_on: ChangedOn }),
      (row) => ({
        ...named("database", row, row.database_name, row.changed_on),
        ...(row.backend && { backend: row.backend }),
      }),
    ),
  },
  dataset: {
    columns: ["id", "uuid", "table_name", "schema", "catalog", "database.id", "changed_on_utc"],
    order: "table_name",
    page: pageOf(
      z.object({
        ...Common,
        table_name: z.string(),
        schema: z.string().nullish(),
        catalog: z.string().nullish(),
        database: z.object({ id: z.number() }),
        changed_on_utc: ChangedOn,
      }),
      (row) => ({
        ...named("dataset", row, row.table_name, row.changed_on_utc),
        database: row.database,
        schema: row.schema || null,
        catalog: row.catalog || null,
      }),
    ),
  },
  chart: {
    columns: ["id", "uuid", "slice_name", "changed_on_utc", "is_managed_externally"],
    order: "slice_name",
    page: pageOf(
      z.object({ ...Common, slice_name: z.string().nullable(), changed_on_utc: ChangedOn, ...Managed }),
      (row) => ({ ...named("chart", row, row.slice_name, row.changed_on_utc), ...managed(row) }),
    ),
  },
  dashboard: {
    columns: ["id", "uuid", "dashboard_title", "slug", "changed_on_utc", "is_managed_externally"],
    order: "dashboard_title",
    page: pageOf(
      z.object({
        ...Common,
        dashboard_title: z.string().nullable(),
        slug: z.string().nullish(),
        changed_on_utc: ChangedOn,
        ...Managed,
      }),
      (row) => ({
        ...named("dashboard", row, row.dashboard_title, row.changed_on_utc),
        slug: row.slug || null,
        ...managed(row),
      }),
    ),
  },
};

/** The most rows that Superset puts on a page (superset-api 6.3). */
export const PAGE_SIZE = 100;

/** What a list is asked for. */
export interface ListQuery {
  /** From 0. */
  readonly page?: number;
  /** Filters in rison: `(col:uuid,opr:eq,value:'…')`. */
  readonly filters?: string;
}

/** Reads one page of the assets of a kind. */
export function listAssets(client: SupersetClient, kind: AssetKind, query: ListQuery = {}): Promise<Page> {
  const { columns, order, page } = KIND_LISTS[kind];
  return client.get(listPath(kind, { ...query, columns, order }), page);
}

/** The path of a list request, of any kind of objects that Superset lists. */
export function listPath(
  resource: string,
  query: ListQuery & { readonly columns: readonly string[]; readonly order?: string },
): string {
  const parts = [
    `columns:!(${query.columns.join(",")})`,
    ...(query.filters === undefined ? [] : [`filters:!(${query.filters})`]),
    ...(query.order === undefined ? [] : [`order_column:${query.order},order_direction:asc`]),
    `page:${query.page ?? 0},page_size:${PAGE_SIZE}`,
  ];
  return `/api/v1/${resource}/?q=(${parts.join(",")})`;
}

/** gunicorn's longest request line is 4094 bytes (superset-api 2.2); the rest is for the query around the UUIDs. */
const UUID_BUDGET = 3600;
/** A UUID with its two quotes, which a URL escapes to three characters each, and a comma. */
const UUID_LENGTH = 36 + 2 * 3 + 1;

/** Splits UUIDs into filters that fit into one request line each, below the path of this server. */
export function uuidFilters(client: SupersetClient, uuids: Iterable<string>): string[] {
  const all = [...new Set([...uuids].map((uuid) => uuid.toLowerCase()))].filter(isUuid);
  const size = Math.max(1, Math.floor((UUID_BUDGET - new URL(client.connection.url).pathname.length) / UUID_LENGTH));
  const filters: string[] = [];
  for (let start = 0; start < all.length; start += size) {
    const quoted = all.slice(start, start + size).map((uuid) => `'${uuid}'`);
    filters.push(`(col:uuid,opr:in,value:!(${quoted.join(",")}))`);
  }
  return filters;
}

/** Anything else could end the filter and start another one. */
function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);
}

function named(
  kind: AssetKind,
  row: { readonly id: number; readonly uuid: string },
  title: string | null,
  changedOn: string | null,
): RemoteAsset {
  return { kind, uuid: row.uuid, id: row.id, title: title ?? "", changedOn: changedOn ?? "" };
}

function managed({ is_managed_externally: flag }: { readonly is_managed_externally?: boolean | null | undefined }) {
  return flag === undefined ? {} : { managed: flag ?? false };
}

function pageOf<Row>(row: z.ZodType<Row>, convert: (row: Row) => RemoteAsset): z.ZodType<Page> {
  return z
    .object({ count: z.number(), result: z.array(row) })
    .transform(({ count, result }) => ({ count, assets: result.map(convert) }));
}
