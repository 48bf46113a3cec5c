import { readdirSync, readFileSync } from "node:fs";

const SAMPLE_MS = 100;
const PAGE_BYTES = 4096;

/** What a process of a Pulumi run is for, by its command line; anything else is `other`. */
const ROLES = [
  ["program", /cmd\/run\/index\.js/],
  ["hooks", /cmd\/dynamic-provider/],
  ["engine", /(^|\/)pulumi(\0|$)/],
];

/**
 * Watches the resident memory of a process and all that it starts (Linux only; elsewhere all is 0).
 * @param {number} pid
 * @returns {{stop(): {program: number, hooks: number, engine: number, total: number}}} `stop` answers the peaks in
 *   bytes; `total` is the largest sum at one moment
 */
export function watchMemory(pid) {
  const peaks = { program: 0, hooks: 0, engine: 0, total: 0 };
  const sample = () => {
    const now = { program: 0, hooks: 0, engine: 0, other: 0 };
    for (const member of listTree(pid)) now[roleOf(member)] += residentBytes(member);
    for (const role of ["program", "hooks", "engine"]) peaks[role] = Math.max(peaks[role], now[role]);
    peaks.total = Math.max(peaks.total, now.program + now.hooks + now.engine);
  };
  const timer = setInterval(sample, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return peaks;
    },
  };
}

function listTree(root) {
  const children = new Map();
  for (const name of listProcesses()) {
    const stat = read(`/proc/${name}/stat`);
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

function listProcesses() {
  return process.platform === "linux" ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : [];
}

function roleOf(pid) {
  const command = read(`/proc/${pid}/cmdline`);
  if (command.startsWith("/bin/sh") || command.startsWith("sh\0")) return "other";
  // The engine's own arguments may name anything, so only its program counts.
  const program = command.split("\0", 1)[0];
  return ROLES.find(([role, pattern]) => pattern.test(role === "engine" ? program : command))?.[0] ?? "other";
}

function residentBytes(pid) {
  return Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * PAGE_BYTES;
}

/** Empty where the process has just ended. */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT" || error.code === "ESRCH") return "";
    throw error;
  }
}
