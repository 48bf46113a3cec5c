import { join } from "node:path";
import { PATHS, STACK } from "./local-stack.mjs";

/** How the commands of `pulumi-superset` are told the local stack; Pulumi has none of these names. */
const OURS = {
  deploy: ["--stack", STACK],
  drift: ["--stack", STACK],
  ids: ["--stack", STACK],
  pull: ["--stack", STACK],
  validate: ["--stack", STACK],
  history: ["--stack", STACK],
  export: ["--from", STACK],
  lock: ["--target", STACK],
  unlock: ["--target", STACK],
  diff: [],
  status: [STACK],
  sync: [],
  promote: [],
  rollback: [],
};

/** The commands of `pulumi-superset` that work on the local stack. */
export const OUR_COMMANDS = Object.keys(OURS);

/** These use the settings of the state, not today's, unless they are told to run the program. */
const NEED_PROGRAM = ["refresh", "destroy"];

/**
 * What `npm run local -- <args>` runs: commands of pulumi-superset for the local stack, everything else with Pulumi.
 * @param {string[]} args
 * @returns {{command: string, args: string[], cwd: string}}
 */
export function chooseCommand(args) {
  const [name, ...rest] = args;
  if (name === undefined || !Object.hasOwn(OURS, name))
    return { command: "pulumi", args: withProgram(args), cwd: PATHS.project };
  const cli = join(PATHS.root, "provider", "bin", "pulumi-superset.cjs");
  const stack = [...OURS[name], "--cwd", PATHS.project];
  // From the repository, because people name files as they see them there: assets/charts.
  return { command: process.execPath, args: [cli, name, ...stack, ...rest], cwd: PATHS.root };
}

function withProgram(args) {
  if (!NEED_PROGRAM.includes(args[0]) || args.some((arg) => arg.startsWith("--run-program"))) return args;
  return [args[0], "--run-program", ...args.slice(1)];
}
