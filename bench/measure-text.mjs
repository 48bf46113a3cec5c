import { createRequire } from "node:module";
import { median } from "./measure.mjs";

const require = createRequire(new URL("../provider/package.json", import.meta.url));

/**
 * What it takes to bring every asset of a corpus into canonical form and to rewrite it for a target, and to write the
 * canonical form as text with its checksum. Reading the files is not counted.
 * @param {import("./measure.mjs").Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measureText({ step, rounds }, { folder, exclude, databases }) {
  const { readAssets } = require("./dist/assets/read-folder.js");
  const { canonicalise, digestText, toCanonicalText } = require("./dist/assets/canonical.js");
  const { renderForImport } = require("./dist/assets/render.js");
  const mappedDatabaseUuids = Object.keys(databases);
  const { definitions } = await step("files read", () => readAssets(folder, { exclude, mappedDatabaseUuids }));
  const documents = definitions.map(({ kind, document }) => canonicalise(kind, document));
  const canonical = () => definitions.map(({ kind, document }) => canonicalise(kind, document));
  const rewritten = () => definitions.map((definition) => renderForImport(definition, { managed: true }));
  const texts = () => documents.map((document) => digestText(toCanonicalText(document)));
  const measure = (title, ...work) => step(title, () => medianSeconds(rounds, work));
  return {
    count: definitions.length,
    rewriting: await measure("rewriting and canonical form", canonical, rewritten),
    texts: await measure("canonical texts and checksums", texts),
  };
}

function medianSeconds(rounds, work) {
  const runs = Array.from({ length: rounds }, () => {
    const began = performance.now();
    for (const each of work) each();
    return (performance.now() - began) / 1000;
  });
  return median(runs);
}
