import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

it.each([0, 3])(
  "the exit code %d of a run stays, although the library of the database ends processes itself",
  (code) => {
    const module = resolve(__dirname, "../support/postgres.mjs");
    const program = `import(${JSON.stringify(module)}).then((it) => it.loadEmbeddedPostgres()).then(() => { process.exitCode = ${code}; })`;
    const { status, stderr } = spawnSync(process.execPath, ["-e", program], { encoding: "utf8" });
    expect({ status, stderr }).toEqual({ status: code, stderr: "" });
  },
);
