import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { describeProcess, isRunning } from "../../provider/src/core/processes";

test("a process runs until it has ended", async () => {
  const child = spawn("sleep", ["60"]);
  const pid = child.pid ?? 0;
  await vi.waitFor(() => expect(describeProcess(pid)).toEqual({ name: "sleep", parent: process.pid }));
  expect(isRunning(pid)).toBe(true);
  child.kill("SIGKILL");
  await once(child, "exit");
  expect(isRunning(pid)).toBe(false);
  expect(describeProcess(pid)).toBeUndefined();
});

test.runIf(process.platform === "linux")("a dead process that nobody collects does not run", async () => {
  // The shell becomes a program that never asks for its child's end.
  const parent = spawn("sh", ["-c", "sleep 60 & echo $!; exec sleep 60"]);
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(line.toString());
  await vi.waitFor(() => expect(describeProcess(parent.pid ?? 0)?.name).toBe("sleep"));
  expect(isRunning(pid)).toBe(true);
  process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false));
  expect(describeProcess(pid)).toBeDefined();
  parent.kill("SIGKILL");
});
