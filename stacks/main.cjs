/** Where Pulumi starts the program: compiles what changed, then runs `index.ts`. */
require("../provider/build.cjs").ensureBuilt();
module.exports = require("../dist/stacks/index.js");
