import { dirname } from "node:path/posix";
import type { AssetKind, Definition } from "./definition";
import { compareText } from "./values";

/** What the name of a file is made of. */
export interface NamedAsset {
  readonly kind: AssetKind;
  readonly uuid: string;
  readonly title: string;
  /** Of a dataset: its database, as the files know it. */
  readonly database?: { readonly uuid: string; readonly name: string };
}

/** Leaves room for the UUID in the 255 bytes that file systems allow. */
const LONGEST_NAME = 160;

/** Names for assets that have no file yet, each of its own. */
export class FileNames {
  /** In lower case: some file systems tell no difference. */
  readonly #taken: Set<string>;
  readonly #folders: (asset: NamedAsset) => string;

  /** @param definitions everything that has a file */
  constructor(definitions: readonly Definition[]) {
    this.#taken = new Set(definitions.map(({ path }) => path.toLowerCase()));
    this.#folders = createFolderLookup(definitions);
  }

  /**
   * A name from the title and the first eight characters of the UUID, in the folder where most others of its kind lie:
   * datasets beside those of their database. The same on every server.
   */
  choose(asset: NamedAsset): string {
    const folder = this.#folders(asset);
    const name = toFileName(asset.title);
    const prefix = `${folder}/${name === "" ? "" : `${name}_`}`;
    const short = `${prefix}${asset.uuid.slice(0, 8)}.yaml`;
    const path = this.#taken.has(short.toLowerCase()) ? `${prefix}${asset.uuid}.yaml` : short;
    this.#taken.add(path.toLowerCase());
    return path;
  }
}

const FOLDERS: Readonly<Record<AssetKind, string>> = {
  database: "databases",
  dataset: "datasets",
  chart: "charts",
  dashboard: "dashboards",
};

function createFolderLookup(definitions: readonly Definition[]): (asset: NamedAsset) => string {
  const counts = new Map<string, Map<string, number>>();
  for (const { kind, path, document } of definitions) {
    const group = groupOf(kind, document.database_uuid);
    const folders = counts.get(group) ?? new Map<string, number>();
    counts.set(group, folders.set(dirname(path), (folders.get(dirname(path)) ?? 0) + 1));
  }
  return ({ kind, database }) => {
    const folders = [...(counts.get(groupOf(kind, database?.uuid)) ?? [])];
    const [most] = folders.sort(([one, times], [other, others]) => others - times || compareText(one, other));
    // A file in the folder itself tells its kind by nothing but its content: a new one gets a folder.
    if (most !== undefined && most[0] !== ".") return most[0];
    return database === undefined ? FOLDERS[kind] : `${FOLDERS[kind]}/${toFileName(database.name) || database.uuid}`;
  };
}

function groupOf(kind: AssetKind, databaseUuid: unknown): string {
  return kind === "dataset" ? `${kind} ${String(databaseUuid).toLowerCase()}` : kind;
}

/** `Monthly revenue (€)` → `monthly-revenue` */
function toFileName(title: string): string {
  const name = title
    .toWellFormed()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "");
  let fitting = "";
  for (const character of name) {
    if (Buffer.byteLength(fitting + character) > LONGEST_NAME) break;
    fitting += character;
  }
  return fitting.replace(/-+$/, "");
}
