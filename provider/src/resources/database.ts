import { type Declaration, deriveUuid } from "./declaration";
import { type AssetArgs, DeclaredAsset } from "./declared-asset";
import type * as pulumi from "./pulumi";

/** Arguments of {@link Database}. */
export interface DatabaseArgs extends AssetArgs {
  /** Name on the server; a database of that name is used as it is and never written. Default: the resource's name. */
  readonly databaseName?: string;
  /**
   * SQLAlchemy address, used only where the server has no such database. No password in it: the setting
   * `superset:databases` gives that.
   */
  readonly sqlalchemyUri: string;
  /** Offer it in SQL Lab. Default: true. */
  readonly exposeInSqlLab?: boolean;
  /** The `extra` settings of Superset. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/**
 * A database connection of Superset.
 *
 * @example
 * const shop = new Database("Shop", { sqlalchemyUri: "postgresql://reader:XXXXXXXXXX@db.example.com/shop" });
 */
export class Database extends DeclaredAsset {
  /** Kind of the asset. */
  declare readonly kind: pulumi.Output<"database">;

  constructor(name: string, args: DatabaseArgs, options: pulumi.CustomResourceOptions = {}) {
    super(declareDatabase(name, args), options);
  }
}

/** What the arguments of a {@link Database} amount to. */
export function declareDatabase(name: string, args: DatabaseArgs): Declaration {
  const document = {
    database_name: args.databaseName ?? name,
    sqlalchemy_uri: args.sqlalchemyUri,
    expose_in_sqllab: args.exposeInSqlLab ?? true,
    extra: args.extra ?? {},
    ...args.properties,
  };
  const uuid = args.uuid ?? deriveUuid("database", name);
  return { kind: "database", name, uuid, uses: [], document: () => document };
}
