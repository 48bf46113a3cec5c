import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createViteServer } from "vitest/node";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** A container is ready a second after its task began: so long the task takes to run, and so long the container then. */
const BOOT_SECONDS = 0.3;
const READY_MILLISECONDS = 700;

/**
 * A project with its settings on the AWS and the GitHub of the tests.
 * @param {object} [options]
 * @param {"load-balancer" | "record"} [options.address] a stable name for each pull request
 */
export async function openPlace({ address } = {}) {
  createRequire(import.meta.url)("../provider/build.cjs").ensureBuilt();
  const loader = await openLoader();
  const { startAws } = await loader.load("test/support/aws.ts");
  const { startGithub } = await loader.load("test/support/github-stand-in.ts");
  const { makePlace } = await loader.load("test/support/showtime-place.ts");
  const [aws, github] = await Promise.all([startAws({ times: { boot: BOOT_SECONDS } }), startGithub()]);
  const settings = await aws.settings(address === undefined ? {} : { address });
  const place = await makePlace(aws, github, settings);
  return {
    ...{ aws, github, settings, environment: place.environment, load: loader.load },
    /** The image of a commit, which is ready a second after its task began. */
    pushImage: (pullRequest, commit) =>
      aws.pushImage(`pr-${pullRequest}-${commit.slice(0, 7)}-ci`, "slow", { milliseconds: READY_MILLISECONDS }),
    /** Runs `pulumi-superset showtime …`, with the calls that it makes. */
    async showtime(...args) {
      aws.forgetCalls();
      const before = github.requests.length;
      const seconds = await runTimed(() => place.start(args));
      return { seconds, github: github.requests.length - before, aws: aws.calls.length };
    },
    async close() {
      await Promise.all([aws.close(), github.close(), loader.close()]);
      place.remove();
    },
  };
}

/** Loads files of the tests, which Node.js alone does not read. */
async function openLoader() {
  const server = await createViteServer({
    root: ROOT,
    configFile: false,
    appType: "custom",
    logLevel: "error",
    optimizeDeps: { noDiscovery: true },
    server: { middlewareMode: true, hmr: false, ws: false, watch: null },
  });
  return { load: (path) => server.ssrLoadModule(join(ROOT, path)), close: () => server.close() };
}

/** Seconds that a command took. */
export function timeCommand(command, args, options) {
  return runTimed(() => spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] }));
}

function runTimed(start) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = start();
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        output += chunk;
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve((performance.now() - began) / 1000);
      else reject(new Error(`${child.spawnargs.join(" ")} ended with code ${code}:\n${output}`));
    });
  });
}
