import type * as pulumi from "@pulumi/pulumi";
import { type AssetArgs, DeclaredAsset, deriveUuid, withoutUndefined } from "./declared-asset";

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
  constructor(name: string, args: DatabaseArgs, options: pulumi.CustomResourceOptions = {}) {
    const document = {
      database_name: args.databaseName ?? name,
      sqlalchemy_uri: args.sqlalchemyUri,
      expose_in_sqllab: args.exposeInSqlLab ?? true,
      extra: args.extra ?? {},
      ...args.properties,
      uuid: args.uuid ?? deriveUuid("database", name),
    };
    super("database", name, withoutUndefined(document), [], options);
  }
}
