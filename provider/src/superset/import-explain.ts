import { z } from "zod";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import { buildForm, bundlePath, type ImportEntry, packBundle } from "./import-bundle";
import { readBack } from "./lookup";

/**
 * A file that no schema accepts. With it a pre-flight cannot write anything: Superset checks all files before it
 * writes the first one. Its UUID is there because the importer of databases looks at it before the schema does.
 */
const INVALID_FILE = "this-file-is-invalid-on-purpose.yaml";
const INVALID_DOCUMENT = { uuid: "00000000-0000-0000-0000-000000000000", invalid_on_purpose: true };

const Refusal = z.object({
  errors: z.array(z.object({ extra: z.record(z.string(), z.unknown()).optional() })),
});

/**
 * Asks the server what its schema has against entries, without any chance of a write. `assets/import` itself tells no
 * reason (superset-api 0.3); the endpoints of the kinds do, for all files at once (superset-api 3.7).
 *
 * @returns reasons by {@link bundlePath}; an entry that the schema accepts has none
 */
export async function explainRefusals(
  client: SupersetClient,
  entries: readonly ImportEntry[],
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const kind of ASSET_KINDS) {
    const ofKind = entries.filter((entry) => entry.kind === kind);
    if (ofKind.length === 0) continue;
    const found = await preflight(client, kind, ofKind);
    for (const entry of ofKind) {
      const reason = found[bundlePath(entry)];
      // That it exists already is what an update expects: `overwrite` is left out as a second lock against writing.
      if (reason === undefined || /already exists/.test(String(reason))) continue;
      reasons.set(bundlePath(entry), describeReason(reason));
    }
  }
  return reasons;
}

async function preflight(
  client: SupersetClient,
  kind: AssetKind,
  entries: readonly ImportEntry[],
): Promise<Readonly<Record<string, unknown>>> {
  const bundle = await packBundle(entries, { [`${kind}s/${INVALID_FILE}`]: INVALID_DOCUMENT });
  try {
    await client.send("POST", `/api/v1/${kind}/import/`, buildForm("formData", bundle, entries), z.unknown());
    return {};
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    const refusal = Refusal.safeParse(error.body);
    return (refusal.success && refusal.data.errors[0]?.extra) || {};
  }
}

/** `viz_type: Missing data for required field.; params.x: …` out of nested messages. */
function describeReason(reason: unknown, at = ""): string {
  if (Array.isArray(reason)) return reason.map((part: unknown) => describeReason(part, at)).join("; ");
  if (typeof reason !== "object" || reason === null) return at === "" ? String(reason) : `${at}: ${String(reason)}`;
  return Object.entries(reason)
    .map(([key, part]) =>
      describeReason(part, at === "" || key === "_schema" ? (key === "_schema" ? at : key) : `${at}.${key}`),
    )
    .join("; ");
}

/** What an entry needs that is not on the server, as `dataset 0123…`; dashboards: charts and filters' datasets. */
export async function findMissingParents(client: SupersetClient, entry: ImportEntry): Promise<string[]> {
  const missing: string[] = [];
  for (const { kind, uuid } of await filterAbsent(client, readParents(entry))) missing.push(`${kind} ${uuid}`);
  return missing;
}

async function filterAbsent(client: SupersetClient, parents: readonly Parent[]): Promise<Parent[]> {
  const absent: Parent[] = [];
  for (const kind of ASSET_KINDS) {
    const ofKind = parents.filter((parent) => parent.kind === kind);
    if (ofKind.length === 0) continue;
    const there = await readBack(
      client,
      kind,
      ofKind.map(({ uuid }) => uuid),
    );
    absent.push(...ofKind.filter(({ uuid }) => !there.has(uuid)));
  }
  return absent;
}

/** What an entry refers to. */
export interface Parent {
  readonly kind: AssetKind;
  /** In lower case. */
  readonly uuid: string;
}

const DatasetParents = z.object({ database_uuid: z.string().toLowerCase() });
const ChartParents = z.object({ dataset_uuid: z.string().toLowerCase() });
const LayoutItem = z.object({ type: z.literal("CHART"), meta: z.object({ uuid: z.string().toLowerCase() }) });
const DashboardParents = z.object({
  position: z.record(z.string(), z.unknown()).catch({}),
  metadata: z
    .object({
      native_filter_configuration: z
        .array(
          z.object({
            targets: z.array(z.object({ datasetUuid: z.string().toLowerCase() }).catch({ datasetUuid: "" })),
          }),
        )
        .catch([]),
    })
    .catch({ native_filter_configuration: [] }),
});

/** What Superset looks up when it imports an entry. */
export function readParents(entry: ImportEntry): Parent[] {
  switch (entry.kind) {
    case "database":
      return [];
    case "dataset": {
      const parsed = DatasetParents.safeParse(entry.document);
      return parsed.success ? [{ kind: "database", uuid: parsed.data.database_uuid }] : [];
    }
    case "chart": {
      const parsed = ChartParents.safeParse(entry.document);
      return parsed.success ? [{ kind: "dataset", uuid: parsed.data.dataset_uuid }] : [];
    }
    case "dashboard":
      return readDashboardParents(entry.document);
  }
}

function readDashboardParents(document: object): Parent[] {
  const { position, metadata } = DashboardParents.parse(document);
  const charts = Object.values(position).flatMap((item): Parent[] => {
    const chart = LayoutItem.safeParse(item);
    return chart.success ? [{ kind: "chart", uuid: chart.data.meta.uuid }] : [];
  });
  const datasets = metadata.native_filter_configuration.flatMap(({ targets }) =>
    targets.flatMap(({ datasetUuid }): Parent[] =>
      datasetUuid === "" ? [] : [{ kind: "dataset", uuid: datasetUuid }],
    ),
  );
  return [...charts, ...datasets];
}
