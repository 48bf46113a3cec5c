import { z } from "zod";
import { canonicalise, toCanonicalText } from "../../provider/src/assets/canonical";
import { defineFromDocument, listReferences } from "../../provider/src/assets/define";
import { ASSET_KINDS, type Definition } from "../../provider/src/assets/definition";
import { TITLE_KEYS } from "../../provider/src/assets/importer-fields";
import type { SupersetClient } from "../../provider/src/superset/client";
import { exportDocuments } from "../../provider/src/superset/export";
import { loadInventory } from "../../provider/src/superset/inventory";
import type { PulumiProject } from "./pulumi-project";

/** What happens, or happened, to an asset. */
export type Fate = "created" | "updated" | "deleted";

/** An asset of a server. */
export interface SnapshotEntry {
  readonly title: string;
  /** Canonical form of what the server exports. */
  readonly text: string;
  /** The server's integer id and time of the last change: the same only where nothing was written. */
  readonly version: string;
  /** What it uses, by kind and UUID. */
  readonly uses: readonly string[];
}

/** All assets of a server by kind and UUID. */
export type Snapshot = ReadonlyMap<string, SnapshotEntry>;

/** Exports everything that a server has. */
export async function takeSnapshot(client: SupersetClient): Promise<Snapshot> {
  const inventory = await loadInventory(client);
  const snapshot = new Map<string, SnapshotEntry>();
  for (const kind of ASSET_KINDS) {
    const remotes = inventory.all().filter((remote) => remote.kind === kind);
    const documents = await exportDocuments(client, kind, remotes);
    for (const { uuid, id, changedOn } of remotes) {
      const document = documents.get(uuid);
      if (document === undefined) throw new Error(`The server did not export its ${kind} ${uuid}.`);
      const text = toCanonicalText(canonicalise(kind, document));
      const title = String(document[TITLE_KEYS[kind]]);
      const uses = listReferences(kind, document).map((used) => `${used.kind} ${used.uuid}`);
      snapshot.set(`${kind} ${uuid}`, { title, text, version: `${id} ${changedOn}`, uses });
    }
  }
  return snapshot;
}

/** What differs in content between two snapshots. */
export function listChanged(before: Snapshot, after: Snapshot): Map<string, Fate> {
  return compareSnapshots(before, after, (old, entry) => old.text !== entry.text);
}

/** What was written between two snapshots, with other content or not. */
export function listWritten(before: Snapshot, after: Snapshot): Map<string, Fate> {
  const written = compareSnapshots(before, after, (old, entry) => old.version !== entry.version);
  for (const [key, fate] of written) {
    const [old, entry] = [before.get(key), after.get(key)];
    // Superset keeps its dataset's permission in each chart: a dataset that gets another name moves their time too.
    const moved = old?.text === entry?.text && entry?.uses.some((used) => written.get(used) === "updated");
    if (fate === "updated" && key.startsWith("chart ") && moved) written.delete(key);
  }
  return written;
}

function compareSnapshots(
  before: Snapshot,
  after: Snapshot,
  differ: (old: SnapshotEntry, entry: SnapshotEntry) => boolean,
): Map<string, Fate> {
  const fates = new Map<string, Fate>();
  for (const [key, entry] of after) {
    const old = before.get(key);
    if (old === undefined) fates.set(key, "created");
    else if (differ(old, entry)) fates.set(key, "updated");
  }
  for (const key of before.keys()) if (!after.has(key)) fates.set(key, "deleted");
  return fates;
}

const Inputs = z.object({ kind: z.string(), uuid: z.string(), action: z.string().optional() });
const State = z.object({
  type: z.string(),
  inputs: z.unknown().optional(),
  retainOnDelete: z.boolean().optional(),
});
const Step = z.object({ op: z.string(), oldState: State.optional(), newState: State.optional() });
const Preview = z.object({ steps: z.array(Step).default([]) });

/**
 * What a preview says will happen on the server, by kind and UUID: the writes that the resources' `action` tells, and the
 * engine's deletes. A resource that goes deletes nothing where another one holds the object afterwards (renamed files).
 *
 * @param about what was changed, for the error of a preview that fails
 */
export async function readPlan(project: PulumiProject, about: string): Promise<Map<string, Fate>> {
  const { code, output } = await project.pulumi(["preview", "--json", "--stack", project.stack, "--non-interactive"]);
  if (code !== 0) throw new Error(`The preview failed after ${about}\n${output}`);
  const { steps } = Preview.parse(JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)));
  const held = new Map(steps.flatMap(({ newState }) => readInputs(newState)));
  const fates = new Map<string, Fate>();
  for (const { oldState } of steps) {
    for (const [key] of readInputs(oldState)) {
      if (!held.has(key) && oldState?.retainOnDelete !== true) fates.set(key, "deleted");
    }
  }
  for (const [key, { action = "" }] of held) {
    if (action.startsWith("create:")) fates.set(key, "created");
    if (action.startsWith("update:")) fates.set(key, "updated");
  }
  return fates;
}

function readInputs(state: z.infer<typeof State> | undefined): [string, z.infer<typeof Inputs>][] {
  if (state === undefined || !state.type.startsWith("pulumi-nodejs:dynamic")) return [];
  const inputs = Inputs.parse(state.inputs);
  return [[`${inputs.kind} ${inputs.uuid}`, inputs]];
}

/** Where a plan and what came of it differ, one readable line each. */
export function listMismatches(
  planned: ReadonlyMap<string, Fate>,
  happened: ReadonlyMap<string, Fate>,
  titleOf: (key: string) => string,
): string[] {
  const keys = [...new Set([...planned.keys(), ...happened.keys()])].sort();
  return keys.flatMap((key) => {
    const [plan = "nothing", fact = "nothing"] = [planned.get(key), happened.get(key)];
    return plan === fact ? [] : [`${key} (${titleOf(key)}): planned ${plan}, happened ${fact}`];
  });
}

/**
 * Where a server has something else than the definitions state, one readable line each. Databases are left out: those of
 * a server are never written.
 *
 * @param databases names of the target's databases by the UUIDs that the definitions use
 */
export function listRemaining(
  definitions: readonly Definition[],
  databases: ReadonlyMap<string, string>,
  snapshot: Snapshot,
): string[] {
  const isDatabase = (key: string) => key.startsWith("database ");
  const remotes = [...snapshot].filter(([key]) => isDatabase(key));
  const uuids = new Map(remotes.map(([key, { title }]) => [title, key.slice("database ".length)]));
  const stated = new Map(
    definitions.map((definition) => {
      const { kind, uuid, document } = definition;
      const database_uuid = uuids.get(databases.get(String(document.database_uuid)) ?? "");
      const own =
        kind === "dataset" ? defineFromDocument(kind, { ...document, database_uuid }, definition) : definition;
      return [`${kind} ${uuid}`, own.canonical];
    }),
  );
  const keys = [...new Set([...stated.keys(), ...snapshot.keys()])].filter((key) => !isDatabase(key));
  return keys.flatMap((key) => {
    const remote = snapshot.get(key);
    if (remote === undefined) return [`${key} is in a file and not on the server`];
    if (!stated.has(key)) return [`${key} (${remote.title}) is on the server and in no file`];
    return remote.text === stated.get(key) ? [] : [`${key} (${remote.title}) is not as its file states it`];
  });
}
