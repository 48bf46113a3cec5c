/**
 * Runs before `npm pack` and `npm publish`: compiles, and lends the package the licence of the repository, which stands
 * in one place only. With `--clean`, afterwards, takes it away again.
 */
const fs = require("node:fs");
const path = require("node:path");

const COPY = path.join(__dirname, "LICENSE");

if (process.argv.includes("--clean")) {
  fs.rmSync(COPY, { force: true });
} else {
  require("./build.cjs").ensureBuilt();
  fs.copyFileSync(path.join(__dirname, "..", "LICENSE"), COPY);
}
