import { canonicalise } from "../assets/canonical";
import { changeIds } from "../assets/dashboard-ids";
import type { AssetDocument } from "../assets/definition";
import { isMapping, listOf, type Mapping, mappingOf, sortKeys } from "../assets/values";
import { stateTargetIds } from "../identity/dashboard-ids";
import type { IdLookup } from "../identity/links";
import type { SupersetClient } from "../superset/client";
import { readDashboard, writeDisplayControls } from "../superset/dashboard-metadata";
import type { RemoteAsset } from "../superset/listing";
import { readBack } from "../superset/lookup";

/**
 * Reads back the display controls of a dashboard that was just imported, and writes them where the server has others:
 * importers do not translate their ids (superset-api 4.2). A dashboard without display controls costs no request, one with
 * them costs one.
 *
 * @param document what was deployed, with the UUIDs of the target
 * @param idOf finds charts and datasets of the target
 * @param remote the dashboard after its import
 * @returns the dashboard as it is now: a write moves `changedOn`
 */
export async function finishDashboard(
  client: SupersetClient,
  document: AssetDocument,
  idOf: IdLookup,
  remote: RemoteAsset,
): Promise<RemoteAsset> {
  const { metadata } = stateTargetIds(canonicalise("dashboard", document), idOf);
  const meant = controlsOf(mappingOf(metadata));
  if (meant.length === 0) return remote;
  const live = await readDashboard(client, remote.id);
  if (isSame(meant, controlsOf(withoutDerived(live.metadata)))) return remote;
  await writeDisplayControls(client, remote.id, meant, controlsOf(live.metadata));
  return (await readBack(client, remote.kind, [remote.uuid])).get(remote.uuid) ?? remote;
}

function controlsOf(metadata: Mapping): Mapping[] {
  return listOf(metadata.chart_customization_config).filter(isMapping);
}

/** The browser of whoever uses a control adds the lists that it computes (browser 1.6). */
function withoutDerived(metadata: Mapping): Mapping {
  return changeIds(metadata, {
    chart: (id) => (typeof id === "number" ? id : undefined),
    target: (target) => target,
  });
}

function isSame(left: readonly Mapping[], right: readonly Mapping[]): boolean {
  return JSON.stringify(sortKeys(left)) === JSON.stringify(sortKeys(right));
}
