import { v5 as uuidFromName } from "uuid";
import type { AssetDocument, AssetKind } from "../assets/definition";
import { describeAsset } from "../settings/strategy";
import type { Attachments } from "../superset/attachments";

/** For ever: an object that a killed run has set aside is found by its derived UUID. */
const NAMESPACE = "0c6a3d4e-5b0f-4b7c-9a53-7d1f0f9f6a52";

/** Superset keeps 250 characters of a name, and makes the names of permissions out of it, of 255. */
const LONGEST_TITLE = 120;

/** The UUID that the old object has from the moment when it is to be replaced until it is deleted. */
export function setAsideUuid(uuid: string): string {
  return uuidFromName(uuid.toLowerCase(), NAMESPACE);
}

/** The table name that the old dataset has in the end, so that the new one can have its own. */
export function setAsideTitle(title: string, uuid: string): string {
  return `${title.slice(0, LONGEST_TITLE)} (replaced ${setAsideUuid(uuid).slice(0, 8)})`;
}

/**
 * What the new object is at first, while nothing yet decides who may see it: a dataset without rows and columns under a
 * name that no query mentions, an empty dashboard. A chart shows what its dataset lets people see, so it needs none.
 */
export function closedDocument(kind: AssetKind, document: AssetDocument, uuid: string): AssetDocument | undefined {
  if (kind === "dataset") {
    const { version, database_uuid, catalog, schema, table_name } = document;
    const title = `${String(table_name).slice(0, LONGEST_TITLE)} (being replaced ${setAsideUuid(uuid).slice(0, 8)})`;
    const place = { version, uuid, database_uuid, catalog: catalog ?? null, schema: schema ?? null };
    return { ...place, table_name: title, sql: "SELECT 1 AS replaced WHERE 1 = 0", columns: [], metrics: [] };
  }
  if (kind === "dashboard") {
    const { version, dashboard_title } = document;
    // A draft without roles may be opened by everybody who has its link (`raise_for_access`): so nothing is on it.
    return { version, uuid, dashboard_title, slug: null, published: false, css: null, position: EMPTY, metadata: {} };
  }
  return undefined;
}

const EMPTY = {
  DASHBOARD_VERSION_KEY: "v2",
  ROOT_ID: { type: "ROOT", id: "ROOT_ID", children: ["GRID_ID"] },
  GRID_ID: { type: "GRID", id: "GRID_ID", children: [], parents: ["ROOT_ID"] },
};

/** What a replacement loses for ever, one clause each. */
export function listLosses({ remote: { kind, id }, embedding, favourites }: Attachments): string[] {
  switch (kind) {
    case "database":
      return [];
    case "dataset":
      return [
        `links by the integer id ${id}, and what names it in SQL: {{ dataset(${id}) }}, {{ metric(…, ${id}) }}`,
        `row-level security that a host page puts into guest tokens for the dataset ${id}: it must name the new id, or guests see all rows`,
        "permanent links of Explore, and tags of the dataset",
      ];
    case "chart":
      return [
        `links by the integer id ${id}, and annotation layers of other charts that show it`,
        favourites === undefined
          ? "favourites of other users"
          : `${favourites} favourite${favourites === 1 ? "" : "s"} of users`,
      ];
    case "dashboard":
      return [
        `links by the integer id ${id} (links by slug or UUID work)`,
        "favourites of other users",
        ...(embedding === undefined
          ? []
          : [`embedding: the host page needs the new embedded UUID instead of ${embedding.uuid}`]),
      ];
  }
}

/** What all replacements of a run lose and what is put back, one text for the plan; undefined without replacements. */
export function formatReplacements(replaced: readonly Attachments[]): string | undefined {
  if (replaced.length === 0) return undefined;
  const blocks = replaced.map((attachments) => {
    const { remote } = attachments;
    const kept = listRestored(attachments);
    return [
      `  ${describeAsset(remote.kind, remote.title)}`,
      ...(kept.length === 0 ? [] : [`    put back: ${kept.join(", ")}`]),
      ...listLosses(attachments).map((loss) => `    lost: ${loss}`),
    ].join("\n");
  });
  return `Deleted and created again; \`replace: inPlace\` gives the same content and loses nothing:\n${blocks.join("\n")}`;
}

/** What was found on an object and is put onto the new one, in words. */
export function listRestored({ rules, grants, roles, reports, owners, tags, theme }: Attachments): string[] {
  const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => `"${name}"`).join(", ");
  return [
    ...(rules.length === 0 ? [] : [`row-level security ${names(rules)}`]),
    ...(grants === undefined || grants.roles.length === 0 ? [] : [`grants of ${names(grants.roles)}`]),
    ...(roles.length === 0 ? [] : [count(roles.length, "role")]),
    ...(reports.length === 0 ? [] : [`alerts and reports ${names(reports)}`]),
    ...(owners.length === 0 ? [] : [count(owners.length, "owner")]),
    ...(tags.length === 0 ? [] : [`tags ${tags.map((tag) => `"${tag}"`).join(", ")}`]),
    ...(theme === undefined ? [] : ["theme"]),
  ];
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
