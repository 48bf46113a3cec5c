/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} measured
 * @property {string} bound
 * @property {boolean} kept
 */

const REQUESTS_PER_PHASE = 10;

/** At least so many megabytes a second, at most so many of memory. */
const EXTENSIONS = { speed: 300, memory: 150 };

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

/** @returns {Row[]} */
export function refreshRows({ plain, check, inventory }) {
  return [
    ...rowsOfRefresh("`refresh`, nothing drifted", plain, inventory),
    ...rowsOfRefresh("`refresh --run-program` (drift check)", check, inventory),
  ];
}

/** @returns {Row[]} */
function rowsOfRefresh(what, { refresh, idle }, inventory) {
  const most = 12;
  const bound = 1.5 * inventory + idle.seconds;
  return [
    {
      what,
      measured: `${seconds(refresh.seconds)} (one inventory read ${seconds(inventory)}, hooks that do nothing ${seconds(idle.seconds)})`,
      bound: `1.5 × one inventory read + hooks that do nothing (${seconds(bound)})`,
      kept: refresh.seconds <= bound,
    },
    {
      what: `${what}: requests`,
      measured: `${refresh.writes} writes, ${refresh.requests} requests`,
      bound: `0 writes, ${most} requests`,
      kept: refresh.writes === 0 && refresh.requests <= most,
    },
  ];
}

/** @returns {Row[]} */
export function textRows({ rewriting, texts, count }, times) {
  return [
    {
      what: `rewriting and canonical form, ${times} times the corpus`,
      measured: `${rewriting.toFixed(2)} s for ${count} assets`,
      bound: "1 s",
      kept: rewriting < 1,
    },
    {
      what: `canonical texts and checksums, ${times} times the corpus`,
      measured: `${texts.toFixed(2)} s`,
      bound: "",
      kept: true,
    },
  ];
}

/** @returns {Row[]} */
export function validateRows({ help, once, many, files }, times) {
  const row = (what, measured, bound) => ({
    what,
    measured: `${measured.toFixed(2)} s`,
    bound: `${bound} s`,
    kept: measured < bound,
  });
  return [
    row("`pulumi-superset --help`, whole process", help, 0.15),
    row("`validate`, whole process", once, 1.5),
    row(`\`validate\` of ${times} times the corpus (${files} files)`, many, 8),
  ];
}

/** @returns {Row[]} */
export function workflowRows({ raw, first, again, diff, sync }) {
  return [
    ratio("`export` of everything, whole process", first.seconds, raw, 1.3, "one raw `assets/export`"),
    ratio("`export` into a folder that has it all", again.seconds, raw, 1.3, "one raw `assets/export`"),
    {
      what: "`diff` of two folders, whole process",
      measured: `${diff.seconds.toFixed(2)} s`,
      bound: "2 s",
      kept: diff.seconds < 2,
    },
    {
      what: "`sync` of two servers that have the same",
      measured: `${sync.writes} writes, ${sync.requests} requests to the target; ${seconds(sync.seconds)}`,
      bound: "0 writes",
      kept: sync.writes === 0,
    },
  ];
}

/** @returns {Row[]} */
export function peerRows({ tool, peer, own }) {
  const row = (what, name) => ({
    what: `${what}, beside ${tool}`,
    measured: `${describeRun(own[name])} against ${describeRun(peer[name])}`,
    bound: "faster",
    kept: own[name].seconds < peer[name].seconds,
  });
  return [row("first push", "first"), row("push, nothing changed", "again"), row("`export`", "export")];
}

function describeRun({ seconds: taken, writes, requests: sent }) {
  return `${seconds(taken)} (${sent} requests, ${writes} writes)`;
}

/** Superset Showtime 0.7.1, measured once on another machine, on a GitHub and an AWS of the same kind. */
const SHOWTIME = {
  deploy: { github: 43, seconds: 32.3 },
  next: { github: 45 },
  list: { github: 41, seconds: 5.6 },
  cleanup: { github: 163, seconds: 21.9 },
};

/** @returns {Row[]} */
export function showtimeRows({ empty, deploy, idle, next, replaced, many }) {
  const whole = (what, { github, aws, seconds: taken }, peer, calls, most) => ({
    what: `${what} of ${many.count} pull requests, ${many.milliseconds} ms a call`,
    measured: `${github} calls to GitHub and ${aws} to AWS, ${seconds(taken)} (Showtime: ${peer.github} calls, ${seconds(peer.seconds)})`,
    bound: `${calls} calls to GitHub, ${most} s`,
    kept: github <= calls && taken <= most,
  });
  const lead = empty + 3;
  return [
    githubCalls("first deploy", deploy, 10, SHOWTIME.deploy),
    githubCalls("new commit replaces the old one", next, 10, SHOWTIME.next),
    githubCalls("sync with nothing to do", idle, 2),
    {
      what: "first deploy of a container that is ready in 1 s",
      measured: `${seconds(deploy.seconds)}, ${deploy.aws} calls to AWS (Showtime: ${seconds(SHOWTIME.deploy.seconds)})`,
      bound: `the engine's own empty \`up\` + 3 s (${seconds(lead)})`,
      kept: deploy.seconds <= lead,
    },
    whole("`list`", many.list, SHOWTIME.list, 3, 1),
    whole("`cleanup --dry-run`", many.cleanup, SHOWTIME.cleanup, 10, 2),
    {
      what: "requests while a new commit replaces the old one",
      measured: `${replaced.failed} of ${replaced.answered + replaced.failed} failed (Showtime: the address changes)`,
      bound: "0 failed",
      kept: replaced.failed === 0,
    },
  ];
}

function githubCalls(what, { github }, most, peer) {
  return {
    what: `${what}: calls to GitHub`,
    measured: `${github}${peer === undefined ? "" : ` (Showtime: ${peer.github})`}`,
    bound: `${most}`,
    kept: github <= most,
  };
}

/** @returns {Row[]} */
export function extensionRows({ speed, large, many }) {
  const summed = (what, speed) => ({
    what: `checksums of ${what}`,
    measured: `${Math.round(speed)} MB/s`,
    bound: `at least ${EXTENSIONS.speed} MB/s`,
    kept: speed >= EXTENSIONS.speed,
  });
  const memory = (what, bytes) => ({
    what: `\`extension ${what}\` of ${large.megabytes} MB: memory`,
    measured: `${Math.round(bytes / 2 ** 20)} MB`,
    bound: `${EXTENSIONS.memory} MB`,
    kept: bytes <= EXTENSIONS.memory * 2 ** 20,
  });
  return [
    summed("an extension's folder", speed.folder),
    summed("a packed extension", speed.packed),
    memory("pack", large.pack),
    memory("upsert", large.upsert),
    {
      what: `\`extension upsert\` of ${many.count} bundles, nothing changed`,
      measured: `${seconds(many.seconds)}, ${many.written} files written`,
      bound: "1 s, 0 files written",
      kept: many.seconds <= 1 && many.written === 0,
    },
  ];
}

/**
 * @param {readonly import("./round-trip.mjs").RoundTrip[]} trips
 * @param {ReadonlyMap<string, string>} reasons why something comes back with other content, by path of the file
 * @returns {Row[]}
 */
export function roundTripRows(trips, reasons) {
  return trips.map(({ name, total, different, ids, wrongIds }) => {
    const excepted = different.filter(({ path }) => reasons.has(path)).length;
    return {
      what: `round trip, ${name}`,
      measured: `${total - different.length} of ${total} equal; ${ids - wrongIds.length} of ${ids} ids right`,
      bound: excepted === 0 ? "all" : `all but ${excepted}`,
      kept: different.length === excepted && wrongIds.length === 0,
    };
  });
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
