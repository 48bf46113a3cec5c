import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

it("a failed run is told by its exit code, although the library of the database ends processes itself", () => {
  const module = resolve(__dirname, "../support/postgres.mjs");
  const program = `import(${JSON.stringify(module)}).then((it) => it.loadEmbeddedPostgres()).then(() => { process.exitCode = 3; })`;
  expect(spawnSync(process.execPath, ["-e", program]).status).toBe(3);
});
