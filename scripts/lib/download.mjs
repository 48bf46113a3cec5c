import { createHash } from "node:crypto";
import { createReadStream, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { SetupError } from "./errors.mjs";
import { CommandError, run } from "./run.mjs";

const CONNECT_SECONDS = 4;
const TOTAL_SECONDS = 600;

/** The address cannot be reached at all, so that something else should be tried. */
export class UnreachableError extends SetupError {}

/**
 * Downloads to a file. Uses curl where there is one, because curl knows the
 * proxies and certificates that the machine is set up with, and Node 20's fetch does not.
 * @param {string} url
 * @param {string} file
 * @throws {UnreachableError} within seconds on a machine without that network
 */
export async function download(url, file) {
  try {
    await run("curl", [
      "--fail",
      "--silent",
      "--show-error",
      "--location",
      "--connect-timeout",
      String(CONNECT_SECONDS),
      "--max-time",
      String(TOTAL_SECONDS),
      "--output",
      file,
      url,
    ]);
  } catch (error) {
    if (error instanceof CommandError && error.cause?.code === "ENOENT") return downloadByFetch(url, file);
    throw new UnreachableError(`${url} could not be downloaded.`, { why: error.output?.trim(), cause: error });
  }
}

/**
 * Refuses a file whose SHA-256 is not the published one.
 * @param {string} file
 * @param {string} expected hexadecimal
 */
export async function verifySha256(file, expected) {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  const actual = hash.digest("hex");
  if (actual === expected.toLowerCase()) return;
  throw new SetupError("A downloaded file is not what its publisher says it is; it was not used.", {
    why: `its SHA-256 is ${actual}, published is ${expected}`,
    remedy: "Try again. If it stays like that, something between this machine and the publisher changes downloads.",
  });
}

async function downloadByFetch(url, file) {
  const connect = new AbortController();
  const timer = setTimeout(() => connect.abort(), CONNECT_SECONDS * 1000);
  try {
    const response = await fetch(url, {
      signal: AbortSignal.any([connect.signal, AbortSignal.timeout(TOTAL_SECONDS * 1000)]),
    });
    clearTimeout(timer); // answered: from here on only the total counts
    if (!response.ok) throw new Error(`HTTP status ${response.status}`);
    writeFileSync(file, Buffer.from(await response.arrayBuffer()));
  } catch (cause) {
    throw new UnreachableError(`${url} could not be downloaded.`, {
      why: cause.cause?.message ?? cause.message,
      cause,
    });
  } finally {
    clearTimeout(timer);
  }
}
