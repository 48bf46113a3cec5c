import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const MODULE = resolve(__dirname, "../../provider/dist/resources/engine-gone.js");

/** With a handler as Pulumi's, which reports. */
const run = (error: string) =>
  spawnSync(
    process.execPath,
    [
      "-e",
      `process.on("unhandledRejection", () => process.stdout.write("reported", () => process.exit(32)));
       require(${JSON.stringify(MODULE)}).endWithEngine();
       Promise.reject(${error});`,
    ],
    { encoding: "utf8" },
  );

it("a program whose engine is gone ends at once, and reports nothing to nobody", () => {
  const { status, stdout, stderr } = run(`Object.assign(new Error("Resource monitor is terminating"), { code: 14 })`);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: "" });
});

it("what else fails is reported as ever", () => {
  const { status, stdout, stderr } = run(`Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })`);
  expect({ status, stdout, stderr }).toEqual({ status: 32, stdout: "reported", stderr: "" });
});
