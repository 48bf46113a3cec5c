/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} measured
 * @property {string} bound
 * @property {boolean} kept
 */

const REQUESTS_PER_PHASE = 10;

/** @returns {Row[]} */
export function firstRows({ raw, deploy, up }) {
  return [
    { what: "raw import", measured: seconds(raw), bound: "", kept: true },
    ratio("first `up`, recommended flags", deploy.seconds, raw, 1.5, "the raw import"),
    ratio("first `up`, plain `pulumi up`", up.seconds, raw, 2.5, "the raw import"),
  ];
}

/** @returns {Row[]} */
export function changeRows({ preview, up, changed, idlePreview, idleUp, state }, corpus) {
  const idle = "hooks that do nothing";
  return [
    ratio("`preview`, nothing changed", preview.seconds, idlePreview.seconds, 1.25, idle),
    requests("`preview`, nothing changed", preview, 1),
    ratio("`up`, nothing changed", up.seconds, idleUp.seconds, 1.25, idle),
    requests("`up`, nothing changed", up, 2),
    {
      what: "`up`, one chart changed",
      measured: `${signed(changed.seconds - up.seconds)} s, ${changed.imports.length} import`,
      bound: "1 import, + 1.5 s over nothing changed",
      kept: changed.seconds - up.seconds <= 1.5 && changed.imports.length === 1,
    },
    {
      what: "state",
      measured: `${(state.bytes / corpus.bytes).toFixed(2)} × the assets`,
      bound: "1.5 × the assets",
      kept: state.bytes <= 1.5 * corpus.bytes,
    },
    {
      what: "`__provider`",
      measured: `${state.provider} characters`,
      bound: "300 characters",
      kept: state.provider <= 300,
    },
  ];
}

/** @returns {Row[]} */
export function largeRows({ once, many }, times) {
  return [
    ratio(`first \`up\` of ${times} times the corpus`, many.seconds, once.seconds, 1.1 * times, "one corpus"),
    {
      what: `memory for ${times} times the corpus`,
      measured: `${(many.memory.total / once.memory.total).toFixed(2)} × one corpus (${megabytes(many)} against ${megabytes(once)})`,
      bound: "4 × one corpus",
      kept: many.memory.total <= 4 * once.memory.total,
    },
  ];
}

/** @param {readonly Row[]} rows */
export function formatTable(rows) {
  const cells = rows.map(({ what, measured, bound, kept }) => [
    what,
    measured,
    bound,
    bound === "" ? "" : kept ? "yes" : "NO",
  ]);
  const table = [["what", "measured", "at most", "kept"], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column].length)));
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return [line(table[0]), rule, ...table.slice(1).map(line)].join("\n");
}

function ratio(what, measured, base, bound, of) {
  const factor = measured / base;
  return {
    what,
    measured: `${factor.toFixed(2)} × ${of} (${seconds(measured)} against ${seconds(base)})`,
    bound: `${bound} × ${of}`,
    kept: factor <= bound,
  };
}

function requests(what, { writes, requests: count }, phases) {
  const most = REQUESTS_PER_PHASE * phases;
  return {
    what: `${what}: requests`,
    measured: `${writes} writes, ${count} requests`,
    bound: `0 writes, ${most} requests`,
    kept: writes === 0 && count <= most,
  };
}

function seconds(value) {
  return `${value.toFixed(1)} s`;
}

function signed(value) {
  return `${value < 0 ? "−" : "+"} ${Math.abs(value).toFixed(1)}`;
}

function megabytes({ memory }) {
  return `${Math.round(memory.total / 2 ** 20)} MB`;
}
