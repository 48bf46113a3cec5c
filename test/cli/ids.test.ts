import stringWidth from "string-width";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { IdRow } from "../../provider/src/cli/ids";
import { createProject, type PulumiProject } from "../support/pulumi-project";
import { type TestServer, useSuperset } from "../support/servers";
import { type SmallAssets, writeSmallAssets } from "../support/small-assets";

/** A title that would ring, colour and turn around a terminal, and is too long for a line. */
const HOSTILE = `E'\\x1b[31mred\\x07 \\u202eright ${"wide 漢字 ".repeat(20)}'`;

let server: TestServer;
let assets: SmallAssets;
let project: PulumiProject;

beforeAll(async () => {
  server = await useSuperset();
  assets = writeSmallAssets({ charts: 2 });
  project = await createProject({ server, assets: assets.path, settings: { databases: undefined } });
  expect(await project.up()).toMatchObject({ code: 0 });
  await server.query(
    `INSERT INTO slices (uuid, slice_name, viz_type, created_on, changed_on) VALUES (gen_random_uuid(), ${HOSTILE}, 'table', now(), now())`,
  );
});
afterAll(() => {
  project.remove();
  assets.dispose();
});

async function readIds(...args: string[]): Promise<{ code: number; rows: IdRow[] }> {
  const { code, stdout } = await project.superset(["ids", "--json", ...args]);
  return { code, rows: JSON.parse(stdout) as IdRow[] };
}

describe("pulumi-superset ids", () => {
  it("tells what the state has, as a list for programs", async () => {
    const { code, rows } = await readIds();
    expect(code).toBe(0);
    const charts = await server.query(
      "SELECT uuid::text AS uuid, id, slice_name AS name FROM slices ORDER BY slice_name",
    );
    const ofCharts = rows.filter(({ kind }) => kind === "chart");
    expect(ofCharts.map(({ uuid, id, name }) => ({ uuid, id, name }))).toEqual(
      charts.filter(({ name }) => String(name).startsWith("Chart")),
    );
    expect(ofCharts.map(({ path }) => path)).toEqual(["charts/chart-1.yaml", "charts/chart-2.yaml"]);
    expect(rows.map(({ kind }) => kind)).toEqual(["database", "dataset", "chart", "chart", "dashboard"]);
    expect(rows.every(({ inStack, findings }) => inStack && findings.length === 0)).toBe(true);
  });

  it("asks the server for everything on it, and prints a table of 80 columns without what a terminal would obey", async () => {
    const { rows } = await readIds("--sync", "--kind", "chart");
    expect(rows.map(({ inStack, uuid }) => inStack === (uuid !== null))).toEqual([true, true, true]);
    const other = rows.find(({ inStack }) => !inStack);
    expect(other?.name).toContain("\u001b[31mred");

    const { code, stdout } = await project.superset(["ids", "--sync"], { FORCE_COLOR: "", NO_COLOR: "1" });
    expect(code).toBe(0);
    expect(stdout).toContain(`${other?.id}  ${other?.targetUuid}\n`);
    expect(stdout).toMatch(/\n +\[31mred right wide 漢字 [^\n]*…\n +not in this stack\n/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there.
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(Math.max(...stdout.split("\n").map((line) => stringWidth(line)))).toBeLessThanOrEqual(80);
  });

  it("fails a check only where the server has something else than the state says", async () => {
    expect((await readIds("--check")).code).toBe(0);
    await server.query("DELETE FROM dashboard_slices");
    await server.query("DELETE FROM dashboards");
    await server.query("DELETE FROM slice_user");
    await server.query("DELETE FROM slice_user");
    const [moved] = await server.query("UPDATE slices SET id = id + 1000 WHERE slice_name = 'Chart 1' RETURNING id");
    const { code, rows } = await readIds("--check");
    expect(code).toBe(7);
    const id = Number(moved?.id);
    expect(rows.filter(({ findings }) => findings.length > 0)).toMatchObject([
      { name: "Chart 1", id, findings: [`has the id ${id - 1000} in the state`] },
      { kind: "dashboard", id: null, findings: ["is no longer on the server"] },
    ]);
    expect((await readIds("--check", "--kind", "dataset")).code).toBe(0);
    expect((await project.superset(["ids", "--sync"])).code).toBe(0);
  });

  it("refuses what it does not know, as bad usage", async () => {
    const unknown = await project.superset(["ids", "--kind", "table"]);
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.output).toContain("database, dataset, chart, dashboard");
  });
});
