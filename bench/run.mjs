#!/usr/bin/env node
/**
 * Measures what the project promises against a raw import of the same files into the same server in the same run, prints
 * the table, and writes it to docs/benchmarks.md.
 *
 * `--only first|changes|refresh|large|workflows|peers|text|validate|round-trip|showtime|extensions` measures one part, prints it, and
 * writes nothing.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { reportFailure } from "../scripts/lib/errors.mjs";
import { createProgress } from "../scripts/lib/progress.mjs";
import { ensurePulumi } from "../scripts/lib/pulumi.mjs";
import { SUPERSET_PACKAGES } from "../scripts/lib/python.mjs";
import { provideCorpus, repeatCorpus } from "./corpus.mjs";
import { measureChanges, measureFirst, runFirst } from "./measure.mjs";
import { measureExtensions } from "./measure-extensions.mjs";
import { measurePeers } from "./measure-peers.mjs";
import { measureRefresh } from "./measure-refresh.mjs";
import { measureShowtime } from "./measure-showtime.mjs";
import { measureText } from "./measure-text.mjs";
import { measureValidate } from "./measure-validate.mjs";
import { measureWorkflows } from "./measure-workflows.mjs";
import {
  changeRows,
  extensionRows,
  firstRows,
  formatTable,
  largeRows,
  peerRows,
  refreshRows,
  roundTripRows,
  showtimeRows,
  textRows,
  validateRows,
  workflowRows,
} from "./report.mjs";
import { EXCEPTIONS, provideSources } from "./round-trip-sources.mjs";
import { startTargets } from "./target.mjs";

const PAGE = fileURLToPath(new URL("../docs/benchmarks.md", import.meta.url));
const ROUNDS = 3;
const TIMES = 10;
const PARTS = [
  "first",
  "changes",
  "refresh",
  "large",
  "workflows",
  "peers",
  "text",
  "validate",
  "round-trip",
  "showtime",
  "extensions",
];
/** Parts that no server of Superset takes part in. */
const OFFLINE = ["text", "validate", "showtime", "extensions"];

async function main() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const parts = values.only === undefined ? PARTS : PARTS.filter((part) => part === values.only);
  if (parts.length === 0) throw new Error(`--only takes one of ${PARTS.join(", ")}`);
  const { step, note } = createProgress();
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-bench-"));
  const isOffline = parts.every((part) => OFFLINE.includes(part));
  // Only a sync has a server besides its target.
  const names = ["bench", ...(parts.includes("workflows") ? ["source"] : [])];
  const servers = isOffline
    ? undefined
    : await step("Superset over PostgreSQL", (log) => startTargets({ folder, names, log }));
  const [target, source] = servers?.targets ?? [];
  try {
    const { bin, version } = await ensurePulumi();
    const bench = { target, source, folder, bin, rounds: ROUNDS, step };
    const corpus = await step("corpus", () => provideCorpus(join(folder, "corpus")));
    const rows = [];
    for (const part of parts) rows.push(...(await measurePart(part, bench, corpus)));
    const table = formatTable(rows);
    note(`\n${table}`);
    if (parts.length === PARTS.length) {
      writeFileSync(PAGE, page(corpus, table, version));
      note("docs/benchmarks.md written");
    }
  } finally {
    await servers?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns {Promise<import("./report.mjs").Row[]>} */
async function measurePart(part, bench, corpus) {
  const { step, folder } = bench;
  const repeat = () => step(`corpus × ${TIMES}`, () => repeatCorpus(corpus, join(folder, `${part}-many`), TIMES));
  switch (part) {
    case "first":
      return firstRows(await measureFirst(bench, corpus));
    case "changes":
      return changeRows(await measureChanges(bench, corpus), corpus);
    case "refresh":
      return refreshRows(await measureRefresh(bench, corpus));
    case "large":
      return largeRows(await measureLarge(bench, corpus, await repeat()), TIMES);
    case "workflows":
      return workflowRows(await measureWorkflows(bench, corpus));
    case "peers":
      return peerRows(await measurePeers(bench, corpus));
    case "text":
      return textRows(await measureText(bench, await repeat()), TIMES);
    case "validate":
      return validateRows(await measureValidate(bench, corpus, await repeat()), TIMES);
    case "showtime":
      return showtimeRows(await measureShowtime(bench));
    case "extensions":
      return extensionRows(await measureExtensions(bench));
    default:
      return roundTripRows(await measureRoundTrips(bench), EXCEPTIONS);
  }
}

/** One corpus and many, each deployed once to an empty server, one after the other. */
async function measureLarge(bench, corpus, large) {
  const { step } = bench;
  const once = await step("first `up`, recommended flags", () => runFirst(bench, corpus, "deploy"));
  const many = await step(`first \`up\` of ${TIMES} times the corpus`, () => runFirst(bench, large, "deploy"));
  return { once, many };
}

async function measureRoundTrips({ step, target, folder }) {
  const sources = await step("sources of the round trip", () => provideSources(join(folder, "sources")));
  const trips = [];
  for (const source of sources) {
    trips.push(await step(`round trip, ${source.name}`, () => target.makeRoundTrip(source)));
  }
  return trips;
}

function page({ name, files, bytes }, table, pulumiVersion) {
  const memory = Math.round(totalmem() / 2 ** 30);
  const kinds = ["database", "dataset", "chart", "dashboard"];
  const counts = kinds.map((kind) => `${files.filter((file) => file.kind === kind).length} ${kind}s`).join(", ");
  const superset = SUPERSET_PACKAGES.find((entry) => entry.startsWith("apache-superset=="))?.split("==")[1];
  return `# Benchmarks

Written by \`npm run bench\`. The bounds are ratios against one raw \`assets/import\` of the same files into the same server
in the same run; times are medians of ${ROUNDS} runs. Those in seconds hold for two cores on which that import takes
about 14 s; where a host is slower, more of them are missed.

- Machine: ${availableParallelism()} cores, ${memory} GB of memory; server, database and Pulumi on the same one
- Superset ${superset} over PostgreSQL, Pulumi ${pulumiVersion}, Node.js ${process.versions.node}
- Corpus "${name}": ${counts}; ${Math.round(bytes / 1024)} kB

${table}

"Hooks that do nothing" is a stack of the same resources with the same inputs and dependencies. Its program reads them
from one JSON file, its hooks return at once and nothing speaks to Superset: it is what Pulumi's engine alone costs.
A first \`up\` costs some seconds more than the import itself whatever the size: Pulumi's start, the files, two logins and
two inventories, a second look at what seems absent, one import for each wave of dependencies. A plain \`pulumi up\` also
runs its preview, handles four resources a core at a time, and stores the whole state after each of them; \`deploy\` does
neither (docs/architecture.md says why that is safe). The faster the machine, the more all of that weighs beside the
import.

"Whole process" is what people wait for at a prompt: Node.js starts, reads the code, logs in, and ends.

\`superset-cli\` (package \`preset-cli\`) is the only other tool that brings a whole folder to a server of one's own. It got
the same files with the server's own databases, because it would overwrite those; its "nothing changed" writes everything
again. "Export" is everything that the server has, drafts included. Of the others, measured once on the same corpus with
another machine of two cores (raw import 17.3 s): \`ol-superset promote\` took 122.7 s and 362 writes for a first push, and
103 s and 362 writes where nothing had changed; \`superset-migrator\` took 30.5 s, but brought 75 of the 128 charts. None of
them has a preview that asks the server.

The last rows are ephemeral environments on the AWS and the GitHub of the tests, whole processes. "Empty \`up\`" is
\`pulumi up --skip-preview\` of nothing in the folder that a deployment has, its stack being there already. Calls to AWS are
all of them, those of the engine's hooks too. "Showtime" is Superset Showtime 0.7.1, measured once on stand-ins of the same
kind; it asks every 30 s whether a service is ready.

The rows of extensions are whole processes too, but for the speed of checksums: megabytes in a second of processor time, of all
threads together.

"Memory" is the largest sum of the program's, the hooks' and the engine's resident memory.

"Round trip": everything is imported, exported again, and compared in canonical form; and each integer id on the server
must mean the chart or dataset that the file means. What comes back with other content:

${[...EXCEPTIONS].map(([path, reason]) => `- \`${path}\`: ${reason}`).join("\n")}
`;
}

main().catch(reportFailure);
