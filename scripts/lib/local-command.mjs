import { join } from "node:path";
import { PATHS, STACK } from "./local-stack.mjs";

/** What `pulumi-superset` has beside Pulumi's own commands. */
const OURS = ["deploy", "ids", "pull", "validate"];

/** These use the settings of the state, not today's, unless they are told to run the program. */
const NEED_PROGRAM = ["refresh", "destroy"];

/**
 * What `npm run local -- <args>` runs: commands of pulumi-superset for the local stack, everything else with Pulumi.
 * @param {string[]} args
 * @returns {{command: string, args: string[], cwd: string}}
 */
export function chooseCommand(args) {
  const [name, ...rest] = args;
  if (!OURS.includes(name)) return { command: "pulumi", args: withProgram(args), cwd: PATHS.project };
  const cli = join(PATHS.root, "provider", "bin", "pulumi-superset.cjs");
  const stack = ["--stack", STACK, "--cwd", PATHS.project];
  // From the repository, because people name files as they see them there: assets/charts.
  return { command: process.execPath, args: [cli, name, ...stack, ...rest], cwd: PATHS.root };
}

function withProgram(args) {
  if (!NEED_PROGRAM.includes(args[0]) || args.some((arg) => arg.startsWith("--run-program"))) return args;
  return [args[0], "--run-program", ...args.slice(1)];
}
