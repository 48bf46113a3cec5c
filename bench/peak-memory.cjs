/** Loaded before a command: leaves the largest resident memory of the process, in bytes, in a file. */
const { writeFileSync } = require("node:fs");

process.once("exit", () => {
  writeFileSync(process.env.PEAK_MEMORY_FILE, `${process.resourceUsage().maxRSS * 1024}`);
});
