import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readOutcomes } from "../../provider/src/cli/event-log";

const folder = mkdtempSync(join(tmpdir(), "event-log-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const urn = (name: string) =>
  `urn:pulumi:qa::superset::superset:index:SupersetAssets$pulumi-nodejs:dynamic/superset:Chart::${name}`;

/** Writes a log of one JSON object a line. */
function logOf(...events: object[]): string {
  const file = join(folder, "events.jsonl");
  writeFileSync(file, `${events.map((event) => JSON.stringify(event)).join("\n")}\n`);
  return file;
}

describe("what the engine's event log tells", () => {
  it("is which resources were finished or failed; the others were not done", () => {
    const file = logOf(
      { sequence: 1, timestamp: 1, preludeEvent: { config: {} } },
      { resourcePreEvent: { metadata: { urn: urn("charts/begun") } } },
      { resOutputsEvent: { metadata: { urn: urn("charts/done") } } },
      { resOpFailedEvent: { metadata: { urn: urn("charts/failed") } } },
    );
    const { done, failed } = readOutcomes(file);
    expect([[...done], [...failed]]).toEqual([["charts/done"], ["charts/failed"]]);
  });

  it("is that nothing was written where only components and what stays as it is were registered", () => {
    const component = "urn:pulumi:qa::superset::superset:index:SupersetAssets::assets";
    const stack = "urn:pulumi:qa::superset::pulumi:pulumi:Stack::superset-qa";
    const idle = [
      { resOutputsEvent: { metadata: { urn: stack, op: "create" } } },
      { resOutputsEvent: { metadata: { urn: component, op: "create" } } },
      { resOutputsEvent: { metadata: { urn: urn("charts/same"), op: "same" } } },
    ];
    expect(readOutcomes(logOf(...idle)).isUntouched).toBe(true);
    const written = { resOutputsEvent: { metadata: { urn: urn("charts/new"), op: "create" } } };
    expect(readOutcomes(logOf(...idle, written)).isUntouched).toBe(false);
    const failed = { resOpFailedEvent: { metadata: { urn: urn("charts/new"), op: "create" } } };
    expect(readOutcomes(logOf(...idle, failed)).isUntouched).toBe(false);
  });

  it("is nothing where the engine did not start", () => {
    const { done, failed } = readOutcomes(join(folder, "missing.jsonl"));
    expect(done.size + failed.size).toBe(0);
  });
});
