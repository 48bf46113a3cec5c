#!/usr/bin/env node
const fs = require("node:fs");
const path = require("node:path");

// Only a source checkout has `build.cjs`; the published package is compiled.
const build = path.join(__dirname, "..", "build.cjs");
if (fs.existsSync(build)) require(build).ensureBuilt();

require("../dist/cli/main.js").main(process.argv);
