#!/usr/bin/env node
const fs = require("node:fs");
const nodeModule = require("node:module");
const path = require("node:path");

// Only a source checkout has `build.cjs`; the published package is compiled.
const build = path.join(__dirname, "..", "build.cjs");
if (fs.existsSync(build)) require(build).ensureBuilt();

// Saves compiling the same code on every start; Node.js has it from version 22.
nodeModule.enableCompileCache?.();
require("../dist/cli/main.js").main(process.argv);
