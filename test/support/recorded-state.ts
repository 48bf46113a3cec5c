import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fromCanonicalText } from "../../provider/src/assets/canonical";
import { defineFromDocument } from "../../provider/src/assets/define";
import { ASSET_KINDS, type AssetKind } from "../../provider/src/assets/definition";
import { renderForImport } from "../../provider/src/assets/render";
import { createSupersetClient } from "../../provider/src/superset/client";
import { fingerprintTarget } from "../../provider/src/superset/connection";
import { importEntries } from "../../provider/src/superset/importer";
import { type AssetFolder, makeAssets } from "./asset-folder";
import { type PulumiProject, ROOT } from "./pulumi-project";
import type { TestServer } from "./servers";

/** What `pulumi stack export` writes, as far as it is used here. */
interface ExportedState {
  readonly deployment: { readonly resources: readonly RecordedResource[] };
}

interface RecordedResource {
  readonly type: string;
  readonly inputs?: { readonly kind: AssetKind; readonly path: string; readonly yaml: string };
  readonly outputs?: { readonly supersetId: number };
}

/** What differs between the machine that recorded a state and the one that uses it. */
function placeholders(server: TestServer, sampleData: string): Record<string, string> {
  return { "{{target}}": fingerprintTarget(server.url), "{{url}}": server.url, "{{sampleData}}": sampleData };
}

/** Writes a project's state as a fixture, without anything of this machine. */
export async function recordState(
  file: string,
  project: PulumiProject,
  server: TestServer,
  sampleData: string,
): Promise<void> {
  const { output } = await project.pulumi(["stack", "export", "--stack", project.stack]);
  // Where the program's own code lay says nothing about the state.
  const withoutTraces = (key: string, value: unknown) =>
    /^(sourcePosition|stackTrace)$/.test(key) ? undefined : value;
  let text = JSON.stringify(JSON.parse(output, withoutTraces), null, 2)
    .replaceAll(project.folder, "{{folder}}")
    .replaceAll(ROOT, "{{folder}}");
  for (const [placeholder, value] of Object.entries(placeholders(server, sampleData)))
    text = text.replaceAll(value, placeholder);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${text}\n`);
}

/** Reads a recorded state for this machine. */
export function loadState(
  file: string,
  server: TestServer,
  sampleData: string,
): { text: string; resources: RecordedResource[] } {
  let text = readFileSync(file, "utf8").replaceAll("{{folder}}", "/tmp/recorded");
  for (const [placeholder, value] of Object.entries(placeholders(server, sampleData)))
    text = text.replaceAll(placeholder, value);
  const { deployment } = JSON.parse(text) as ExportedState;
  return {
    text,
    resources: deployment.resources.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic/superset:")),
  };
}

/** Writes the folder of assets that a recorded state came from. */
export function writeRecordedAssets(resources: readonly RecordedResource[]): AssetFolder {
  const folder = makeAssets();
  for (const { inputs } of resources) if (inputs !== undefined) folder.write(inputs.path, inputs.yaml);
  return folder;
}

const TABLES: Readonly<Record<AssetKind, string>> = {
  database: "dbs",
  dataset: "tables",
  chart: "slices",
  dashboard: "dashboards",
};

/** Puts the recorded assets onto an empty server, with the integer ids that they had. */
export async function restoreServer(server: TestServer, resources: readonly RecordedResource[]): Promise<void> {
  const { url, username, password } = server;
  const client = createSupersetClient({ url, auth: { provider: "db", username, password } });
  for (const kind of ASSET_KINDS) {
    const ofKind = resources.filter(({ inputs }) => inputs?.kind === kind);
    // One import each: only so every object gets the id it had.
    for (const { inputs, outputs } of ofKind) {
      if (inputs === undefined || outputs === undefined) continue;
      await server.query(
        `SELECT setval(pg_get_serial_sequence('${TABLES[kind]}', 'id'), ${outputs.supersetId}, false)`,
      );
      const definition = defineFromDocument(kind, fromCanonicalText(inputs.yaml), {
        path: inputs.path,
        name: inputs.path,
      });
      const { uuid, title, path } = definition;
      const document = renderForImport(definition, { managed: false });
      const [outcome] = await importEntries(client, [{ kind, uuid, title, path, document }]);
      if (outcome === undefined || "error" in outcome) throw outcome?.error ?? new Error("no outcome");
      if (outcome.remote.id !== outputs.supersetId)
        throw new Error(`${path} got the id ${outcome.remote.id}, not ${outputs.supersetId}`);
    }
  }
}

/** Path of the fixture of a version. */
export function stateFile(root: string, version: string): string {
  return join(root, "test/fixtures", `state-${version}.json`);
}
