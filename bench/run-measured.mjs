import { spawn } from "node:child_process";
import { watchMemory } from "./memory.mjs";

/**
 * @typedef {object} Run
 * @property {number} seconds
 * @property {{program: number, hooks: number, engine: number, total: number}} memory peaks in bytes
 * @property {string} output
 */

/**
 * Runs a command to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {{cwd: string, env: Record<string, string | undefined>}} surroundings
 * @returns {Promise<Run>}
 * @throws {Error} with what the command printed, if it failed
 */
export function runMeasured(command, args, { cwd, env }) {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    const memory = watchMemory(child.pid);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      const peaks = memory.stop();
      if (code === 0) resolve({ seconds: (performance.now() - began) / 1000, memory: peaks, output });
      else reject(new Error(`${command} ${args.join(" ")} ended with code ${code}:\n${output}`));
    });
  });
}
