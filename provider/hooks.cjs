/**
 * The door through which Pulumi reaches the hooks. Every stack's state holds the text
 * `exports.handler=()=>require("pulumi-superset/hooks")` for ever: never rename, move or change what it exports.
 */
const fs = require("node:fs");
const path = require("node:path");

// Only a source checkout has `build.cjs`; the published package is compiled.
const build = path.join(__dirname, "build.cjs");
if (fs.existsSync(build)) require(build).ensureBuilt();

module.exports = require("./dist/hooks/index.js").provider;
