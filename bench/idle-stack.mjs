import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createStack } from "./pulumi-stack.mjs";

const NODE_MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));

/** What a resource's state holds and its program does not give. */
const ADDED = new Set(["__provider", "action"]);

/** Registers what a file lists; the order is that of dependency. */
const PROGRAM = `
const { readFileSync } = require("node:fs");
const pulumi = require("@pulumi/pulumi");
const provider = "exports.handler=()=>require(" + JSON.stringify(__dirname + "/hooks.js") + ")";
const parent = new pulumi.ComponentResource("superset:index:SupersetAssets", "assets");
const made = new Map();
for (const { urn, type, name, inputs, dependencies, retainOnDelete } of JSON.parse(readFileSync(__dirname + "/resources.json", "utf8"))) {
  const dependsOn = dependencies.map((dependency) => made.get(dependency));
  made.set(urn, new pulumi.CustomResource(type, name, { __provider: provider, ...inputs }, { parent, dependsOn, retainOnDelete }));
}
`;

const HOOKS = `
module.exports = {
  configure: async () => {},
  check: async (_olds, inputs) => ({ inputs }),
  diff: async () => ({ changes: false }),
  create: async ({ __provider, yaml, ...outs }) => ({ id: outs.uuid, outs }),
  update: async (_id, _olds, { __provider, yaml, ...outs }) => ({ outs }),
  read: async (id, props) => ({ id, props }),
  delete: async () => {},
};
`;

/**
 * The same resources with the same inputs and dependencies as another stack's, whose program reads them from one JSON
 * file and whose hooks do nothing: what the engine costs.
 * @param {object} options
 * @param {string} options.folder
 * @param {string} options.bin folder of the Pulumi CLI
 * @param {object[]} options.resources the other stack's state
 */
export async function createIdleStack({ folder, bin, resources }) {
  const main = join(folder, "program");
  mkdirSync(main, { recursive: true });
  symlinkSync(NODE_MODULES, join(main, "node_modules"));
  const dynamic = resources.filter(({ type }) => type.startsWith("pulumi-nodejs:"));
  const listed = dynamic.map(({ urn, type, inputs, dependencies = [], retainOnDelete = false }) => ({
    urn,
    type,
    name: urn.split("::").pop(),
    inputs: Object.fromEntries(Object.entries(inputs).filter(([key]) => !ADDED.has(key))),
    dependencies,
    retainOnDelete,
  }));
  writeFileSync(join(main, "package.json"), JSON.stringify({ name: "idle", main: "index.js" }));
  writeFileSync(join(main, "index.js"), PROGRAM);
  writeFileSync(join(main, "hooks.js"), HOOKS);
  writeFileSync(join(main, "resources.json"), JSON.stringify(listed));
  return createStack({ folder, bin, main });
}
