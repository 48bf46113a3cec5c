import { stringify } from "yaml";
import { assetKey } from "../assets/asset-key";
import { fromCanonicalText, toCanonicalText } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import type { AssetDocument, Definition } from "../assets/definition";
import type { StatedObject } from "../assets/export-files";
import { FileNames } from "../assets/file-names";
import { TITLE_KEYS } from "../assets/importer-fields";
import { withoutInherited } from "../assets/inherited";
import { ProblemError } from "../core/errors";
import { plainLine } from "../core/plain-text";
import { describeAsset } from "../settings/strategy";
import type { BundleFile } from "./bundle";
import { assertNoSecrets } from "./export";
import type { Instance } from "./instances";
import { readServerContent, type ServerContent } from "./server-content";
import { exportStack, parseState, parseStateAccess, type StateAccess, type StateAsset } from "./stack-state";

/** What a stack and its declared assets have on the server at one moment, as files would say it. */
export interface StackSnapshot {
  /** The content on the server, under the UUIDs and paths of the files. */
  readonly definitions: readonly Definition[];
  /** The same as files, with owners, roles and rules as they were declared last. */
  readonly files: readonly BundleFile[];
}

/**
 * Reads what the server has of everything that a stack has deployed, is about to deploy, or uses.
 *
 * @param declared what is about to be deployed
 * @throws ProblemError `snapshot/incomplete` where the server fails to export something of that
 */
export async function takeSnapshot(
  instance: Instance,
  cwd: string,
  declared: readonly Definition[],
): Promise<StackSnapshot> {
  const exported = await exportStack(instance.name, cwd);
  const state = parseState(exported);
  const known = joinDefinitions(state, declared);
  const content = await readServerContent({ instance, cwd, only: [], definitions: Promise.resolve(known) });
  const definitions = defineObjects(content.objects, known);
  assertWhole(content, known, definitions, instance.name);
  // What a program declares with arguments has no file: its code decides.
  const inFiles = definitions.filter(({ path }) => /\.ya?ml$/i.test(path));
  const texts = inFiles.map((definition) => ({ path: definition.path, text: toKeptText(definition) }));
  const access = writeAccess(parseStateAccess(exported), state, inFiles);
  return { definitions, files: access === undefined ? texts : [...texts, { path: "access.yaml", text: access }] };
}

/** What a rollback would take for absent, and delete. */
function assertWhole(
  { has, failures }: ServerContent,
  known: readonly Definition[],
  found: readonly Definition[],
  stack: string,
): void {
  if (failures.length === 0) return;
  const read = new Set(found.map(({ kind, uuid }) => assetKey(kind, uuid)));
  if (known.every((definition) => !has(definition) || read.has(assetKey(definition.kind, definition.uuid)))) return;
  const lines = failures.map(
    ({ remote: { kind, title, id }, error }) =>
      `  ${plainLine(describeAsset(kind, title))} (id ${id}): ${error.summary}`,
  );
  throw new ProblemError({
    code: "snapshot/incomplete",
    summary: `The server fails to export what this stack has deployed, so nobody knows what is there now; nothing was written:\n${lines.join("\n")}`,
    remedy: "Open it in Superset, mend or delete it there, and run this again. The server's log has the reason.",
    place: { stack },
  });
}

/** Databases that are there are never written: what may hold credentials is of no use in the file of one. */
const CREDENTIALS = new Set(["password", "encrypted_extra", "masked_encrypted_extra", "ssh_tunnel"]);

/** What a manifest keeps of an asset. */
export function toKeptText({ kind, canonical }: Pick<Definition, "kind" | "canonical">): string {
  return kind === "database" ? toCanonicalText(withoutCredentials(fromCanonicalText(canonical))) : canonical;
}

function withoutCredentials(database: AssetDocument): AssetDocument {
  return Object.fromEntries(Object.entries(database).filter(([key]) => !CREDENTIALS.has(key)));
}

/**
 * Refuses a snapshot that is to be kept in a file and holds what looks like credentials.
 *
 * @throws ProblemError `export/secret` naming every place
 */
export function assertNoCredentials({ definitions }: StackSnapshot, stack: string): void {
  const kept = definitions.map(({ kind, path, title, document }) => ({
    ...{ kind, path, title },
    document: kind === "database" ? withoutCredentials(document) : document,
  }));
  assertNoSecrets({ added: kept, changed: [] }, stack);
}

/** What is to be deployed, and what the state alone has. */
function joinDefinitions(state: readonly StateAsset[], declared: readonly Definition[]): Definition[] {
  const keys = new Set(declared.map(({ kind, uuid }) => assetKey(kind, uuid)));
  const others = state.filter(({ kind, uuid }) => !keys.has(assetKey(kind, uuid)));
  return [
    ...declared,
    ...others.map(({ kind, path, name, applied, yaml }) =>
      defineFromDocument(kind, fromCanonicalText(applied ?? yaml), { path, name }),
    ),
  ];
}

/** The objects of definitions as the server has them, and what they use there. */
function defineObjects(objects: readonly StatedObject[], known: readonly Definition[]): Definition[] {
  const files = new Map(known.map((definition) => [assetKey(definition.kind, definition.uuid), definition]));
  const all = new Map(objects.map((object) => [assetKey(object.kind, String(object.document.uuid)), object]));
  const names = new FileNames(known);
  const found = new Map<string, Definition>();
  const pending = [...files.keys()];
  for (let key = pending.pop(); key !== undefined; key = pending.pop()) {
    const object = all.get(key);
    if (object === undefined || found.has(key)) continue;
    const file = files.get(key);
    const document = withoutInherited(object, file?.document);
    const { kind } = object;
    const title = String(document[TITLE_KEYS[kind]] ?? "");
    const path = file?.path ?? names.choose({ kind, uuid: String(document.uuid), title });
    const definition = defineFromDocument(kind, document, { path, name: file?.name ?? path });
    found.set(key, definition);
    pending.push(...definition.references.map((reference) => assetKey(reference.kind, reference.uuid)));
  }
  return [...found.values()];
}

/** An `access.yaml` that declares what the stack has applied; undefined where that is nothing. */
function writeAccess(
  { assets, rules }: StateAccess,
  state: readonly StateAsset[],
  definitions: readonly Definition[],
): string | undefined {
  const paths = new Set(definitions.map(({ path }) => path));
  const present = assets.filter(({ path }) => paths.has(path));
  const toFiles = new Map(state.map(({ uuid, targetUuid }) => [targetUuid ?? uuid, uuid]));
  if (present.length + rules.length === 0) return undefined;
  const entriesOf = (key: "owners" | "roles") =>
    Object.fromEntries(present.flatMap((asset) => (asset[key] === undefined ? [] : [[asset.path, asset[key]]])));
  return stringify({
    owners: entriesOf("owners"),
    roles: entriesOf("roles"),
    rowLevelSecurity: rules.map(({ path: _, datasets, ...rule }) => ({
      ...rule,
      datasets: datasets.map((uuid) => toFiles.get(uuid) ?? uuid),
    })),
  });
}
