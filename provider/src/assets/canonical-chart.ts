import type { AssetDocument } from "./definition";
import { isMapping, listOf, type Mapping, mapValues, sortKeys, without } from "./values";

/** Rules C1 and C4 of semantics 1.3: integer ids of the server that the file came from. */
const PARAMS_IDS = new Set(["datasource", "slice_id", "dashboards"]);
const DATASOURCE = new Set(["datasource"]);
const CONTEXT_IDS = new Set(["datasource", "slice_id"]);

/** Integers that JSON.parse would change: such a text is better kept than normalised. */
const LONG_INTEGER = /\d{16,}/;

/** The rules C of semantics 1.3. */
export function canonicaliseChart(document: AssetDocument): AssetDocument {
  return mapValues(document, (value, key) => {
    if (key === "params" && isMapping(value)) return canonicaliseParams(value);
    if (key === "query_context" && typeof value === "string") return canonicaliseQueryContext(value);
    return value;
  });
}

function canonicaliseParams(params: Mapping): Mapping {
  return mapValues(without(params, PARAMS_IDS), (value, key) =>
    key === "annotation_layers" ? keepFormulas(value) : value,
  );
}

/** C3 and C5: the importer keeps formulas only, and writes an empty list where there is none. */
function keepFormulas(layers: unknown): unknown {
  const formulas = listOf(layers).filter(isFormula);
  return formulas.length > 0 ? formulas : undefined;
}

/** Whether an annotation layer survives the importer (api 3.22). */
export function isFormula(layer: unknown): boolean {
  return isMapping(layer) && layer.annotationType === "FORMULA";
}

/** C6: the importer writes the data source itself; the other ids are those of another server. */
function canonicaliseQueryContext(text: string): string {
  const context = parseQueryContext(text);
  if (context === undefined) return text;
  const clean = mapValues(without(context, CONTEXT_IDS), (value, key) => {
    if (key === "form_data" && isMapping(value)) return without(value, PARAMS_IDS);
    if (key === "queries") return listOf(value).map((query) => (isMapping(query) ? without(query, DATASOURCE) : query));
    return value;
  });
  return writeQueryContext(clean);
}

/** A query context as canonical text. */
export function writeQueryContext(context: Mapping): string {
  return JSON.stringify(sortKeys(context));
}

/** The mapping that a query context holds; undefined where it holds none, or could not be written back unchanged. */
export function parseQueryContext(text: string): Mapping | undefined {
  if (LONG_INTEGER.test(text)) return undefined;
  try {
    const context: unknown = JSON.parse(text);
    return isMapping(context) ? context : undefined;
  } catch (error) {
    // Lint names it (rule field-type); here nothing may be lost.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
