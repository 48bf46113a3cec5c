/**
 * Loaded before a command: leaves the largest resident memory of the process, in bytes, in a file. Not `maxRSS`, which
 * counts what the process that started it had at that moment: https://man7.org/linux/man-pages/man2/getrusage.2.html
 */
const { readFileSync, writeFileSync } = require("node:fs");

process.once("exit", () => {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8")) ?? [];
  writeFileSync(process.env.PEAK_MEMORY_FILE, `${Number(kilobytes) * 1024}`);
});
