/** Reads a bundle in a process that does nothing else, and prints the seconds of processor time of all its threads. */
import { createRequire } from "node:module";

const [kind, path] = process.argv.slice(2);
const { readBundle } = createRequire(import.meta.url)("../provider/dist/extensions/read-bundle.js");
const began = process.cpuUsage();
const { bundle, findings } = await readBundle({ kind, path });
if (bundle === undefined) throw new Error(findings.map(({ summary }) => summary).join("\n"));
const { user, system } = process.cpuUsage(began);
process.stdout.write(`${(user + system) / 1e6}`);
