import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { stringify } from "yaml";
import { runTestLifecycle } from "../../provider/src/cli/showtime/run-test-lifecycle";
import { settings } from "./showtime-support";

const folder = mkdtempSync(join(tmpdir(), "lifecycle-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("test-lifecycle", async () => {
  writeFileSync(join(folder, "Pulumi.yaml"), "name: bi\nruntime: nodejs\n");
  writeFileSync(join(folder, "showtime.yaml"), stringify(settings()));
  let printed = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  const code = await runTestLifecycle(1234, { cwd: folder, awsSleep: 0 });
  write.mockRestore();
  console.log(printed);
  expect(code).toBe(0);
});
