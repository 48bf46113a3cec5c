import type { Database } from "./database";
import { type Declaration, deriveUuid } from "./declaration";
import { type AssetArgs, DeclaredAsset } from "./declared-asset";
import type { FolderAsset } from "./folder-asset";
import type * as pulumi from "./pulumi";

/** A column of a dataset. Further keys are Superset's own. */
export interface DatasetColumn {
  /** Name in the table or query. */
  readonly column_name: string;
  /** SQL type as the database names it. */
  readonly type?: string;
  /** Whether it is a point in time. Default: false. */
  readonly is_dttm?: boolean;
  /** SQL of a calculated column. */
  readonly expression?: string;
  /** Name that people see. Default: the column's. */
  readonly verbose_name?: string;
  /** Text behind the information sign of the column. */
  readonly description?: string;
  readonly [key: string]: unknown;
}

/** A saved metric of a dataset. Further keys are Superset's own. */
export interface DatasetMetric {
  /** Name by which charts use it. */
  readonly metric_name: string;
  /** SQL of the aggregate, e.g. `SUM(amount)`. */
  readonly expression: string;
  /** Name that people see. Default: the metric's. */
  readonly verbose_name?: string;
  /** Number format (d3), e.g. `,.2f`. */
  readonly d3format?: string;
  readonly [key: string]: unknown;
}

/** Arguments of {@link Dataset}. */
export interface DatasetArgs extends AssetArgs {
  /** The database that it reads: a declared one, or one of a folder (`assets.database("Shop")`). */
  readonly database: Database | FolderAsset<"database">;
  /** Table in the database; for a virtual dataset its name. Default: the resource's name. */
  readonly tableName?: string;
  /** Schema of the table. Default: the database's own. */
  readonly schema?: string;
  /** Catalog of the table, in databases that have such. Default: the database's own. */
  readonly catalog?: string;
  /** Query of a virtual dataset. Default: none, the dataset is the table. */
  readonly sql?: string;
  /** All its columns; those that are left out are taken off the dataset. */
  readonly columns?: readonly DatasetColumn[];
  /** All its saved metrics. */
  readonly metrics?: readonly DatasetMetric[];
  /** Column of time that charts use by default. */
  readonly mainTimeColumn?: string;
  /** Text for people who look for a dataset. */
  readonly description?: string;
}

/**
 * A table or a query that charts read.
 *
 * @example
 * const orders = new Dataset("orders", { database: shop, columns: [{ column_name: "amount", type: "REAL" }] });
 */
export class Dataset extends DeclaredAsset {
  /** Kind of the asset. */
  declare readonly kind: pulumi.Output<"dataset">;

  constructor(name: string, args: DatasetArgs, options: pulumi.CustomResourceOptions = {}) {
    super(declareDataset(name, args), options);
  }
}

/** What the arguments of a {@link Dataset} amount to. */
export function declareDataset(name: string, args: DatasetArgs): Declaration {
  const { database } = args;
  return {
    kind: "dataset",
    name,
    uuid: args.uuid ?? deriveUuid("dataset", name),
    uses: [database],
    document: (definitionOf) => ({
      table_name: args.tableName ?? name,
      schema: args.schema,
      catalog: args.catalog,
      sql: args.sql,
      main_dttm_col: args.mainTimeColumn,
      description: args.description,
      columns: args.columns ?? [],
      metrics: args.metrics ?? [],
      ...args.properties,
      database_uuid: definitionOf(database).uuid,
    }),
  };
}
