import { statSync } from "node:fs";
import { join } from "node:path";
import { fingerprint, withLock } from "./cache.mjs";
import { run } from "./run.mjs";

/**
 * Installs the npm packages if that was not done since package-lock.json changed.
 * @param {{root: string, log?: (text: string) => void}} options
 * @returns {Promise<boolean>} whether anything was installed
 */
export async function ensureNpmPackages({ root, log = () => undefined }) {
  if (isInstalled(root)) return false;
  return withLock(
    `npm-${fingerprint(root)}`,
    async () => {
      if (isInstalled(root)) return false; // another run did it while this one waited
      log("npm ci");
      await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root, onLine: log });
      return true;
    },
    { log },
  );
}

/**
 * Compiles the TypeScript sources if they changed.
 * @param {{root: string, log?: (text: string) => void}} options
 */
export async function buildProject({ root, log = () => undefined }) {
  await run("npm", ["run", "--silent", "build"], { cwd: root, onLine: log });
}

/** npm writes its own copy of the lock file at the end of each installation. */
function isInstalled(root) {
  const installed = modified(join(root, "node_modules", ".package-lock.json"));
  return installed !== undefined && installed >= modified(join(root, "package-lock.json"));
}

function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
