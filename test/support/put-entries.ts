import type { SupersetClient } from "../../provider/src/superset/client";
import { type ImportEntry, importEntries } from "../../provider/src/superset/importer";
import type { RemoteAsset } from "../../provider/src/superset/inventory";

/** Puts assets onto a server as people do who import a ZIP in its UI: no stack knows of them. What is refused is thrown. */
export async function putEntries(client: SupersetClient, entries: readonly ImportEntry[]): Promise<RemoteAsset[]> {
  return (await importEntries(client, entries)).map((outcome) => {
    if ("error" in outcome) throw outcome.error;
    return outcome.remote;
  });
}
