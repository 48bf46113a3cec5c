import type { AssetKind } from "../assets/definition";

/** What Superset's permissions call the things of a path below `/api/v1/`. */
const VIEWS: Readonly<Record<string, string>> = {
  assets: "ImportExportRestApi",
  cachekey: "CacheRestApi",
  chart: "Chart",
  dashboard: "Dashboard",
  database: "Database",
  dataset: "Dataset",
  me: "CurrentUserRestApi",
  report: "ReportSchedule",
  rowlevelsecurity: "Row Level Security",
  tag: "Tag",
  theme: "Theme",
};

/**
 * The permission that Superset asks for a request, as its list of roles shows it: `can_write on Chart`.
 *
 * @param path with or without its query
 * @returns undefined where that is not known
 */
export function namePermission(method: string, path: string): string | undefined {
  const [resource = "", ...rest] = (path.split("?")[0] ?? "").replace(/^\/api\/v1\//, "").split("/");
  const view = Object.hasOwn(VIEWS, resource) ? VIEWS[resource] : undefined;
  return view === undefined ? undefined : `${nameAction(method, resource, rest)} on ${view}`;
}

function nameAction(method: string, resource: string, rest: readonly string[]): string {
  if (rest.includes("export")) return "can_export";
  // The importer of everything has a permission of its own; those of the kinds ask for `can_write`.
  if (resource === "assets") return "can_import_";
  if (resource === "cachekey") return "can_invalidate";
  if (rest.includes("chart_customizations")) return "can_put_chart_customizations";
  if (rest.includes("embedded")) return method === "GET" ? "can_get_embedded" : "can_set_embedded";
  return method === "GET" ? "can_read" : "can_write";
}

/** What an account needs so that an import of such assets is accepted, and writes them. */
export function listImportPermissions(kinds: readonly AssetKind[]): string[] {
  const writes = kinds.map((kind) => namePermission("PUT", `/api/v1/${kind}/`));
  return [...new Set([namePermission("POST", "/api/v1/assets/import/"), ...writes])].filter(
    (permission) => permission !== undefined,
  );
}
