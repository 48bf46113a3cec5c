import { join } from "node:path";
import { cacheFolder } from "../../scripts/lib/cache.mjs";
import { ensureSuperset } from "../../scripts/lib/python.mjs";
import { writeSampleData } from "../../scripts/sample-data.mjs";

/**
 * The sample's data as a SQLite file in the cache; tests only read it.
 * @returns {Promise<string>} its path
 */
export async function writeTestData() {
  const file = join(cacheFolder(), "test-data", "shop.db");
  const { python } = await ensureSuperset();
  await writeSampleData(file, { python });
  return file;
}
