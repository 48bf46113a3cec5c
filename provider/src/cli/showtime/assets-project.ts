import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Definition } from "../../assets/definition";
import { MASKED_PASSWORD } from "../../plan/obstacles";
import { linkPackages } from "./workspace";

/** What the project of an environment's assets needs. */
export interface AssetsProject {
  /** An empty folder. */
  readonly folder: string;
  readonly stack: string;
  /** Address of the environment. */
  readonly url: string;
  readonly username: string;
  /** Folder of the asset files, absolute. */
  readonly assets: string;
  readonly definitions: readonly Definition[];
}

/** The environment variables that the project reads its secrets from. */
export const PASSWORD_VARIABLE = "SHOWTIME_PASSWORD";
const DATABASE_PASSWORD_VARIABLE = "SHOWTIME_DATABASE_PASSWORD";

/** Databases get no password here: theirs are no business of a pull request. */
export const DATABASE_VARIABLES = { [DATABASE_PASSWORD_VARIABLE]: "not-given-to-environments" };

/** Stands for an address that holds variables; nobody answers there (RFC 6761). */
const NO_ADDRESS = "postgresql://none@none.invalid/none";

/** The people, roles and rules that they name are those of other servers. */
export const NOT_FOR_ENVIRONMENTS = ["**/access.yaml"] as const;

const PROJECT = "showtime-assets";

const PROGRAM = `const { SupersetAssets } = require("pulumi-superset");

new SupersetAssets("assets");
`;

/** Writes a Pulumi project that puts asset files into an environment; no secret is in it. */
export function writeAssetsProject(project: AssetsProject): void {
  const { folder, stack } = project;
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write("Pulumi.yaml", stringify({ name: PROJECT, runtime: { name: "nodejs", options: { typescript: false } } }));
  write(`Pulumi.${stack}.yaml`, stringify({ config: toConfig(project) }));
  write("package.json", JSON.stringify({ name: PROJECT, private: true, main: "index.js" }));
  write("index.js", PROGRAM);
  mkdirSync(join(folder, "state"));
  linkPackages(folder);
}

function toConfig({ url, username, assets, definitions }: AssetsProject): Record<string, unknown> {
  const settings = {
    url,
    role: "development",
    auth: { provider: "db", username, passwordEnv: PASSWORD_VARIABLE },
    assets,
    exclude: [...NOT_FOR_ENVIRONMENTS],
    // What the environment has under the name of a database is used as it is: its address works there.
    strategy: { default: "CREATE | UPDATE", databases: "CREATE" },
    databases: listDatabases(definitions),
  };
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [`superset:${key}`, value]));
}

/** What databases need to be created without what only other servers know. */
function listDatabases(definitions: readonly Definition[]): Record<string, Record<string, string>> {
  return Object.fromEntries(
    definitions.flatMap(({ kind, title, document }): [string, Record<string, string>][] => {
      const uri = document.sqlalchemy_uri;
      if (kind !== "database" || typeof uri !== "string") return [];
      if (uri.includes("${")) return [[title, { sqlalchemyUri: NO_ADDRESS }]];
      return uri.includes(MASKED_PASSWORD) ? [[title, { passwordEnv: DATABASE_PASSWORD_VARIABLE }]] : [];
    }),
  );
}
