/**
 * Preloaded into every Node.js process that tests start; acts in those in which Pulumi runs the hooks. There
 * `@pulumi/pulumi` loads the TypeScript compiler and npm's resolver to serialize closures, which no hook does, and which
 * takes most of the start of each of hundreds of processes. They are loaded when something of them is asked for.
 */
const Module = require("node:module");

const UNUSED = ["typescript", "@npmcli/arborist"];

if (process.argv[1]?.includes("/cmd/dynamic-provider/")) {
  const load = Module._load;
  Module._load = function loadLater(request, ...rest) {
    if (!UNUSED.includes(request)) return load.call(this, request, ...rest);
    return new Proxy(
      {},
      // The interop of compiled modules asks for this one at once.
      { get: (_, name) => (name === "__esModule" ? undefined : load.call(this, request, ...rest)[name]) },
    );
  };
}
