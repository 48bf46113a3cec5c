import type { AssetKind } from "./definition";

/** What a value must be for Superset's importer. */
export type FieldType = "text" | "boolean" | "integer" | "mapping" | "list" | "uuid" | "json" | "any";

/** One key of an asset file, as the importer's schema of Superset 6.1.0 has it (`superset/<kind>/schemas.py`). */
export interface ImporterField {
  readonly type: FieldType;
  /** The importer refuses a file without it. */
  readonly required?: true;
  /** The importer accepts null. */
  readonly nullable?: true;
  /** What an absent key means; sent explicitly, because an absent key keeps the target's value (semantics 0.12). */
  readonly rest?: unknown;
  /** `""`, `[]` and `{}` mean the same as an absent key. */
  readonly emptyIsRest?: true;
  /** Set from the stack's settings or of no effect in an import: not part of the canonical form. */
  readonly dropped?: true;
  /** The first Superset release whose importer knows the key; absent: 6.0 does. */
  readonly since?: "6.1";
}

/** The keys of one mapping. */
export type FieldTable = { readonly [key: string]: ImporterField };

const TEXT_OR_NULL = { type: "text", nullable: true, rest: null } as const;
const EMPTY_OR_NULL = { ...TEXT_OR_NULL, emptyIsRest: true } as const;
const SECONDS_OR_NULL = { type: "integer", nullable: true, rest: null } as const;
const MAPPING_OR_NULL = { type: "mapping", nullable: true, rest: null, emptyIsRest: true } as const;
const REQUIRED_TEXT = { type: "text", required: true } as const;
const FALSE = { type: "boolean", rest: false } as const;
const TRUE = { type: "boolean", rest: true } as const;

const COMMON: FieldTable = {
  uuid: { type: "uuid", required: true },
  version: { type: "text", required: true },
  is_managed_externally: { type: "boolean", nullable: true, dropped: true },
  external_url: { type: "text", nullable: true, dropped: true },
};

const DATABASE: FieldTable = {
  ...COMMON,
  database_name: REQUIRED_TEXT,
  sqlalchemy_uri: REQUIRED_TEXT,
  // Credentials have no rest: a null would erase what the target has.
  password: { type: "text", nullable: true, emptyIsRest: true },
  encrypted_extra: { type: "text", nullable: true, emptyIsRest: true },
  masked_encrypted_extra: { type: "text", emptyIsRest: true, since: "6.1" },
  ssh_tunnel: { type: "mapping", nullable: true },
  cache_timeout: SECONDS_OR_NULL,
  expose_in_sqllab: TRUE,
  allow_run_async: FALSE,
  allow_ctas: FALSE,
  allow_cvas: FALSE,
  allow_dml: FALSE,
  allow_file_upload: TRUE,
  // The older name of allow_file_upload (api 2.11); the canonical form has the newer one.
  allow_csv_upload: { type: "boolean" },
  impersonate_user: FALSE,
  // Without `extra` the importer ends in a KeyError (api 8.2).
  extra: { type: "mapping", rest: {}, emptyIsRest: true },
  configuration_method: { type: "text", nullable: true, rest: "sqlalchemy_form", since: "6.1" },
};

const DATASET: FieldTable = {
  ...COMMON,
  table_name: REQUIRED_TEXT,
  database_uuid: { type: "uuid", required: true },
  main_dttm_col: TEXT_OR_NULL,
  currency_code_column: { ...TEXT_OR_NULL, since: "6.1" },
  description: EMPTY_OR_NULL,
  default_endpoint: EMPTY_OR_NULL,
  offset: { type: "integer", rest: 0 },
  cache_timeout: SECONDS_OR_NULL,
  schema: EMPTY_OR_NULL,
  catalog: EMPTY_OR_NULL,
  sql: EMPTY_OR_NULL,
  params: { ...MAPPING_OR_NULL },
  template_params: { ...MAPPING_OR_NULL },
  filter_select_enabled: TRUE,
  fetch_values_predicate: EMPTY_OR_NULL,
  extra: { ...MAPPING_OR_NULL, type: "json" },
  columns: { type: "list", rest: [], emptyIsRest: true },
  metrics: { type: "list", rest: [], emptyIsRest: true },
  normalize_columns: FALSE,
  always_filter_main_dttm: FALSE,
  folders: { type: "list", nullable: true, rest: null, emptyIsRest: true },
  // Used by Superset's loader of examples only; `data` makes the server download a file (api 3.21).
  data: { type: "text", dropped: true },
  data_file: { type: "text", nullable: true, dropped: true, since: "6.1" },
  source_db_engine: { type: "text", nullable: true, dropped: true, since: "6.1" },
};

const CHART: FieldTable = {
  ...COMMON,
  slice_name: REQUIRED_TEXT,
  viz_type: REQUIRED_TEXT,
  dataset_uuid: { type: "uuid", required: true },
  description: EMPTY_OR_NULL,
  certified_by: EMPTY_OR_NULL,
  certification_details: EMPTY_OR_NULL,
  // Without `params` the importer ends in a KeyError (api 3.22).
  params: { type: "mapping", rest: {}, emptyIsRest: true },
  query_context: { type: "json", nullable: true, rest: null, emptyIsRest: true },
  cache_timeout: SECONDS_OR_NULL,
  // Not imported (api 3.14): a deployment leaves the tags of the target alone.
  tags: { type: "list", nullable: true, dropped: true },
};

const DASHBOARD: FieldTable = {
  ...COMMON,
  dashboard_title: REQUIRED_TEXT,
  description: EMPTY_OR_NULL,
  css: EMPTY_OR_NULL,
  // "" counts as a value: two such dashboards would overwrite each other (api 3.16).
  slug: EMPTY_OR_NULL,
  // Not required by the schema, but without it the importer ends in a KeyError (api 3.22).
  position: { type: "mapping", required: true },
  metadata: { type: "mapping", rest: {}, emptyIsRest: true },
  certified_by: EMPTY_OR_NULL,
  certification_details: EMPTY_OR_NULL,
  published: { type: "boolean", nullable: true, rest: false },
  // Not imported (api 3.14): a deployment leaves the tags of the target alone.
  tags: { type: "list", nullable: true, dropped: true },
  theme_uuid: { type: "uuid", nullable: true, dropped: true },
  // An integer of the server that the file came from; it would be applied as it stands (api 3.14).
  theme_id: { type: "integer", nullable: true, dropped: true },
};

/** The keys of each kind's files. */
export const ASSET_FIELDS: Readonly<Record<AssetKind, FieldTable>> = {
  database: DATABASE,
  dataset: DATASET,
  chart: CHART,
  dashboard: DASHBOARD,
};

/** The keys of a dataset's column. */
export const COLUMN_FIELDS: FieldTable = {
  column_name: REQUIRED_TEXT,
  extra: { ...MAPPING_OR_NULL, type: "json" },
  verbose_name: TEXT_OR_NULL,
  is_dttm: { type: "boolean", nullable: true, rest: false },
  is_active: { type: "boolean", nullable: true, rest: true },
  type: TEXT_OR_NULL,
  advanced_data_type: TEXT_OR_NULL,
  groupby: TRUE,
  filterable: TRUE,
  // A refresh of the dataset turns null into "" (semantics 2.12).
  expression: EMPTY_OR_NULL,
  description: EMPTY_OR_NULL,
  python_date_format: EMPTY_OR_NULL,
  datetime_format: { ...EMPTY_OR_NULL, since: "6.1" },
};

/** The keys of a dataset's metric. */
export const METRIC_FIELDS: FieldTable = {
  metric_name: REQUIRED_TEXT,
  expression: REQUIRED_TEXT,
  verbose_name: TEXT_OR_NULL,
  metric_type: TEXT_OR_NULL,
  description: EMPTY_OR_NULL,
  d3format: EMPTY_OR_NULL,
  currency: { type: "json", nullable: true, rest: null, emptyIsRest: true },
  extra: { ...MAPPING_OR_NULL, type: "json" },
  warning_text: EMPTY_OR_NULL,
};

/** The keys of a database's `extra`: a closed list too (api 3.6). */
export const DATABASE_EXTRA_FIELDS: FieldTable = {
  metadata_params: { type: "mapping" },
  engine_params: { type: "mapping" },
  metadata_cache_timeout: { type: "mapping" },
  schemas_allowed_for_csv_upload: { type: "any" },
  schemas_allowed_for_file_upload: { type: "any" },
  cost_estimate_enabled: { type: "boolean" },
  allows_virtual_table_explore: { type: "boolean" },
  cancel_query_on_windows_unload: { type: "boolean" },
  disable_data_preview: { type: "boolean" },
  disable_drill_to_detail: { type: "boolean" },
  allow_multi_catalog: { type: "boolean" },
  per_user_caching: { type: "boolean", since: "6.1" },
  version: { type: "text", nullable: true },
  schema_options: { type: "mapping" },
};

/** The key under which people know an asset. */
export const TITLE_KEYS: Readonly<Record<AssetKind, string>> = {
  database: "database_name",
  dataset: "table_name",
  chart: "slice_name",
  dashboard: "dashboard_title",
};
