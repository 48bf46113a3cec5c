/**
 * Preloaded into every Node.js process that tests start; acts in those that Pulumi starts, of which there are hundreds.
 * `@pulumi/pulumi` finds the sources of its own compiled code for each promise that it keeps; and where it runs the hooks
 * it loads the TypeScript compiler and npm's resolver to serialize closures, which they never do, and which takes most of
 * their start. All of that is loaded when something of it is asked for.
 */
const Module = require("node:module");

const program = process.argv[1] ?? "";
const seldom = [
  ...(program.includes("/@pulumi/pulumi/cmd/") ? ["source-map-support/register"] : []),
  ...(program.includes("/cmd/dynamic-provider/") ? ["typescript", "@npmcli/arborist"] : []),
];

if (seldom.length > 0) {
  const load = Module._load;
  Module._load = function loadLater(request, ...rest) {
    if (!seldom.includes(request)) return load.call(this, request, ...rest);
    return new Proxy(
      {},
      // The interop of compiled modules asks for this one at once.
      { get: (_, name) => (name === "__esModule" ? undefined : load.call(this, request, ...rest)[name]) },
    );
  };
}
