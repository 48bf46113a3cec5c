import { listExtensions } from "../../provider/src/superset/extension-list";
import { clientOf } from "./people";
import type { TestServer } from "./servers";

/** The extensions that a server lists, as `id version`. */
export async function listServed(server: TestServer): Promise<string[]> {
  return (await listExtensions(clientOf(server))).map(({ id, version }) => `${id} ${version}`).sort();
}
