import { join } from "node:path";
import { inject } from "vitest";
import { readAssets } from "../../provider/src/assets/read-folder";
import { renderForImport } from "../../provider/src/assets/render";
import { importEntries } from "../../provider/src/superset/importer";
import { clientOf } from "./people";
import { ROOT } from "./pulumi-project";
import type { TestServer } from "./servers";

/** Puts the sample onto a server as people do who import a ZIP in its UI: no stack knows of it. */
export async function putSample(server: TestServer): Promise<void> {
  const { definitions } = await readAssets(join(ROOT, "assets"));
  const entries = definitions.map((definition) => {
    const { kind, uuid, title, path } = definition;
    const document = renderForImport(definition, { managed: false });
    const data = kind === "database" ? { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` } : {};
    return { kind, uuid, title, path, document: { ...document, ...data } };
  });
  for (const outcome of await importEntries(clientOf(server), entries)) if ("error" in outcome) throw outcome.error;
}
