import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";

/**
 * Takes those filters out of a folder's files that Superset would ignore, because their dataset has no such column: a
 * preview refuses them.
 * @param {string} folder
 * @param {Pick<typeof import("../provider/src/assets/read-folder"), "readAssets">
 *   & Pick<typeof import("../provider/src/assets/lost-filters"), "findLostFilters" | "listFilterable">} library
 * @returns {Promise<number>} how many there were
 */
export async function removeLostFilters(folder, { readAssets, findLostFilters, listFilterable }) {
  const { definitions } = await readAssets(folder);
  const datasets = new Map(
    definitions.filter(({ kind }) => kind === "dataset").map((dataset) => [dataset.uuid, dataset]),
  );
  const lost = findLostFilters(definitions, (uuid) => {
    const dataset = datasets.get(uuid);
    return dataset && listFilterable(dataset.document);
  });
  for (const { definition, at } of lost) {
    const file = join(folder, definition.path);
    const document = parseDocument(readFileSync(file, "utf8"));
    document.deleteIn(at);
    writeFileSync(file, document.toString());
  }
  return lost.length;
}
