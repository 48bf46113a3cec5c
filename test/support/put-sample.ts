import { join } from "node:path";
import { inject } from "vitest";
import { readAssets } from "../../provider/src/assets/read-folder";
import { renderForImport } from "../../provider/src/assets/render";
import { clientOf } from "./people";
import { ROOT } from "./pulumi-project";
import { putEntries } from "./put-entries";
import type { TestServer } from "./servers";

/** Puts the sample onto a server without any stack. */
export async function putSample(server: TestServer): Promise<void> {
  const { definitions } = await readAssets(join(ROOT, "assets"));
  const entries = definitions.map((definition) => {
    const { kind, uuid, title, path } = definition;
    const document = renderForImport(definition, { managed: false });
    const data = kind === "database" ? { sqlalchemy_uri: `sqlite:///${inject("sampleData")}` } : {};
    return { kind, uuid, title, path, document: { ...document, ...data } };
  });
  await putEntries(clientOf(server), entries);
}
