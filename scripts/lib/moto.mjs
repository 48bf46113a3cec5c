import { ensureEnvironment } from "./python.mjs";

/** The AWS of the tests is made of it. */
const MOTO_PACKAGES = ["moto[server]==5.2.5"];

/**
 * A Python environment with moto in it.
 * @param {{log?: (text: string) => void}} [options]
 * @returns {Promise<{venv: string, python: string}>}
 */
export function ensureMoto({ log = () => undefined } = {}) {
  return ensureEnvironment("moto", MOTO_PACKAGES, { log, title: "installing moto, 180 MB the first time" });
}
