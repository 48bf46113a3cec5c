import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const MODULE = resolve(__dirname, "../../provider/dist/resources/engine-gone.js");

const HOST = "/project/node_modules/@pulumi/pulumi/cmd/run/index.js";
const GONE = `Object.assign(new Error("Resource monitor is terminating"), { code: 14 })`;

/** With a handler as Pulumi's, which reports. */
const run = (error: string, script = HOST) =>
  spawnSync(
    process.execPath,
    [
      "-e",
      `process.argv[1] = ${JSON.stringify(script)};
       process.on("unhandledRejection", () => process.stdout.write("reported", () => process.exit(32)));
       require(${JSON.stringify(MODULE)}).endWithEngine();
       Promise.reject(${error});`,
    ],
    { encoding: "utf8" },
  );

it("a program whose engine is gone ends at once, and reports nothing to nobody", () => {
  const { status, stdout, stderr } = run(GONE);
  expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: "", stderr: "" });
});

it("what else fails is reported as ever", () => {
  const { status, stdout, stderr } = run(`Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })`);
  expect({ status, stdout, stderr }).toEqual({ status: 32, stdout: "reported", stderr: "" });
});

it("a process of somebody else, which runs an inline program, goes on", () => {
  const { status, stdout } = run(GONE, "/service/dist/server.js");
  expect({ status, stdout }).toEqual({ status: 32, stdout: "reported" });
});
