import type { AssetDocument, AssetKind } from "./definition";

/** The folders of Superset's export format. */
const KIND_FOLDERS: { readonly [folder: string]: AssetKind } = {
  databases: "database",
  datasets: "dataset",
  charts: "chart",
  dashboards: "dashboard",
};

/** Keys by which a kind is recognised. */
const TELLING_KEYS: Readonly<Record<AssetKind, readonly string[]>> = {
  database: ["database_name", "sqlalchemy_uri"],
  dataset: ["table_name"],
  chart: ["slice_name", "viz_type"],
  dashboard: ["dashboard_title", "position"],
};

/** What is known of a file's kind. */
export type DetectedKind =
  | { readonly kind: AssetKind }
  | { readonly mismatch: { readonly folder: AssetKind; readonly content: AssetKind } }
  | { readonly homeless: AssetKind }
  | { readonly notCarried: true };

/**
 * Decides a file's kind by the folders of its path, and checks it against the content.
 *
 * A dataset's folder is named after its database, which may be called `charts`: of several folders that name a kind
 * the one counts that the content agrees with.
 */
export function detectKind(path: string, document: AssetDocument): DetectedKind {
  const content = kindOfContent(document);
  const folders = foldersOf(path).flatMap((folder) =>
    Object.hasOwn(KIND_FOLDERS, folder) ? [KIND_FOLDERS[folder]] : [],
  );
  const named = folders.filter((kind) => kind !== undefined);
  const folder = named.at(-1);
  if (folder === undefined) return content === undefined ? { notCarried: true } : { homeless: content };
  if (content === undefined || named.includes(content)) return { kind: content ?? folder };
  return { mismatch: { folder, content } };
}

/** Whether a file is of a kind that is not carried, by its path alone. */
export function isOtherKind(path: string): boolean {
  const folders = foldersOf(path);
  if (folders.some((folder) => Object.hasOwn(KIND_FOLDERS, folder))) return false;
  return /(?:^|\/)tags\.ya?ml$/.test(path) || folders.some((folder) => OTHER_FOLDERS.has(folder));
}

const OTHER_FOLDERS = new Set(["queries", "themes", "tags"]);

function foldersOf(path: string): string[] {
  return path.split("/").slice(0, -1);
}

function kindOfContent(document: AssetDocument): AssetKind | undefined {
  const kinds = Object.entries(TELLING_KEYS) as [AssetKind, readonly string[]][];
  return kinds.find(([, keys]) => keys.some((key) => Object.hasOwn(document, key)))?.[0];
}
