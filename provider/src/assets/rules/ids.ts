import type { CanonicalOptions } from "../canonical";
import { changeIds, FILTER_LISTS } from "../dashboard-ids";
import { findNumber } from "../layout";
import { isEmpty, isMapping, isUuid, type KeyPath, listOf, mappingOf } from "../values";
import type { AssetFile, Problem } from "./registry";

/** Rule `id-in-file`: integer ids that mean something on one server only. */
export function checkIds(file: AssetFile, options: CanonicalOptions): Problem[] {
  if (file.kind === "chart") return checkDeckSlices(file);
  if (file.kind !== "dashboard") return [];
  return [...checkTheme(file), ...checkOldControls(file, options), ...checkMetadata(file, options)];
}

/** The layers of `deck_multi`, which Superset's exporter leaves as they are. */
function checkDeckSlices(file: AssetFile): Problem[] {
  if (isEmpty(mappingOf(file.document.params).deck_slices)) return [];
  const message = "`params.deck_slices` names charts by the integer ids of another server";
  const remedy = "Select the layers again on the server after the import.";
  return [{ rule: "id-in-file", severity: "warning", file, at: ["params", "deck_slices"], on: "key", message, remedy }];
}

function checkTheme(file: AssetFile): Problem[] {
  if (isEmpty(file.document.theme_id)) return [];
  const message = "`theme_id` is an integer id of another server; it is left out";
  return [
    { rule: "id-in-file", severity: "warning", file, at: ["theme_id"], on: "key", message, remedy: "Remove the key." },
  ];
}

/** Development versions before 6.1 wrote them: a dataset and a chart as integers, and no scope. */
function checkOldControls(file: AssetFile, { keepIds }: CanonicalOptions): Problem[] {
  return listOf(mappingOf(file.document.metadata).chart_customization_config).flatMap((control, index): Problem[] => {
    if (!isMapping(control) || !("customization" in control) || "type" in control) return [];
    return [
      {
        rule: "id-in-file",
        ...(keepIds && { severity: "warning" as const }),
        file,
        at: ["metadata", "chart_customization_config", index],
        message: "the display control has an older form, which names its dataset and chart by integer ids",
        remedy: "Save the control again on a server of 6.1, and export the dashboard.",
      },
    ];
  });
}

/** Goes through all places that hold an id, as the canonical form does. */
function checkMetadata(file: AssetFile, options: CanonicalOptions): Problem[] {
  const { metadata, position } = file.document;
  if (!isMapping(metadata)) return [];
  const problems: Problem[] = [];
  const numberOf = findNumber(position);
  const unknown = new Map<number | string, KeyPath[]>();
  changeIds(metadata, {
    chart(reference, at) {
      const number = numberOf(reference);
      if (number === undefined) unknown.set(reference, [...(unknown.get(reference) ?? []), at]);
      return number;
    },
    target(target, at) {
      if (!isEmpty(target.datasetId) && !isUuid(target.datasetUuid)) {
        problems.push(describeDataset(file, target.datasetId, [...at, "datasetId"], options));
      }
      return target;
    },
  });
  return [...problems, ...[...unknown].map(([chart, places]) => describeChart(file, chart, places, options))];
}

function describeDataset(file: AssetFile, id: unknown, at: KeyPath, { keepIds }: CanonicalOptions): Problem {
  const owner = at[1] === FILTER_LISTS[0] ? "a native filter" : "a display control";
  return {
    rule: "id-in-file",
    ...(keepIds && { severity: "warning" as const }),
    file,
    at,
    on: "key",
    message: `${owner} names its dataset by the integer id ${String(id)} of another server, and the folder's charts do not tell which dataset that is`,
    remedy: "Name the dataset by its UUID, as `datasetUuid`.",
  };
}

/** An id that ends its path as a text is a key. */
function describeChart(
  file: AssetFile,
  chart: number | string,
  [at = [], ...others]: KeyPath[],
  { keepIds }: CanonicalOptions,
): Problem {
  const places = others.length === 0 ? "" : ` (${others.length + 1} places)`;
  return {
    rule: "id-in-file",
    severity: "warning",
    file,
    at,
    ...(typeof at.at(-1) === "string" && { on: "key" as const }),
    message: `no chart of this dashboard has the id ${chart}${places}`,
    remedy: `${keepIds ? "" : "It is left out. "}Remove it, or write the id that the chart has in \`position\`.`,
  };
}
