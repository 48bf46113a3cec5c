import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { canonicalise } from "../../provider/src/assets/canonical";
import { planFixes, writeFixes } from "../../provider/src/assets/fix-folder";
import { readYaml } from "../../provider/src/assets/parse-yaml";
import { validateFolder } from "../../provider/src/assets/validate-folder";
import {
  CHART,
  CHART_UUID,
  DASHBOARD,
  DASHBOARD_UUID,
  DATASET,
  DATASET_UUID,
  makeFolder,
  OTHER_UUID,
  SOUND,
} from "./assets-support";

const BOARD_FILE = "dashboards/sales.yaml";
const UPPER = "ABCDEF12-ABCD-4ABC-8ABC-ABCDEF123456";

/** Fixes a folder; answers its texts and what was done, as `file: key`. */
async function fix(files: Readonly<Record<string, string>>, keepIds = false) {
  const folder = makeFolder({ ...SOUND, ...files });
  const plan = async () => planFixes(folder, (await validateFolder(folder, { keepIds })).files, keepIds);
  const fixes = await plan();
  await writeFixes(fixes);
  const read = (file: string) => readFileSync(join(folder, file), "utf8");
  const done = fixes.flatMap(({ file, fixes: own }) => own.map(({ at }) => `${file}: ${at.join(".")}`));
  return { read, done, again: await plan(), findings: (await validateFolder(folder, { keepIds })).findings };
}

describe("what is put right in files", () => {
  it("is nothing where nothing is wrong", async () => {
    const { done, read } = await fix({});
    expect(done).toEqual([]);
    expect(read(BOARD_FILE)).toBe(DASHBOARD);
  });

  it("are UUIDs in upper case, and nothing else of the line", async () => {
    const text = `${CHART.replace(CHART_UUID, `${UPPER} # the identity`)}# the end\n`;
    const { read, done, again } = await fix({ "charts/other.yaml": text });
    expect(done).toEqual(["charts/other.yaml: uuid"]);
    expect(read("charts/other.yaml")).toBe(text.replace(UPPER, UPPER.toLowerCase()));
    expect(again).toEqual([]);
  });

  it("are UUIDs in layouts and references", async () => {
    const chart = CHART.replace(CHART_UUID, UPPER).replace(DATASET_UUID, DATASET_UUID.toUpperCase());
    const board = DASHBOARD.replace(CHART_UUID, UPPER).replace(DASHBOARD_UUID, OTHER_UUID);
    const { read, done } = await fix({ "charts/other.yaml": chart, "dashboards/other.yaml": board });
    expect(done).toEqual(["charts/other.yaml: uuid", "dashboards/other.yaml: position.CHART-1.meta.uuid"]);
    expect(read("dashboards/other.yaml")).toBe(board.replace(UPPER, UPPER.toLowerCase()));
  });

  it("is a version that is missing", async () => {
    const { read, findings } = await fix({ "charts/orders.yaml": CHART.replace("version: 1.0.0\n", "") });
    expect(readYaml(read("charts/orders.yaml")).version).toBe("1.0.0");
    expect(findings).toEqual([]);
  });

  it("are keys of the API that the importer refuses", async () => {
    const text = `id: 7\n# Orders of all shops.\n${CHART}changed_on: 2026-01-01\n`;
    const { read, findings } = await fix({ "charts/orders.yaml": text });
    expect(read("charts/orders.yaml")).toBe(`# Orders of all shops.\n${CHART}`);
    expect(findings).toEqual([]);
  });

  it("keeps every comment beside what goes", async () => {
    const text = CHART.replace("version: 1.0.0\n", "# the last\nid: 7 # of another server\n# the end\n").replace(
      "viz_type",
      "# above\nchanged_on: x\n# between\nviz_type",
    );
    const { read } = await fix({ "charts/orders.yaml": `# the first\n\n# the second\ncreated_on: x\n${text}` });
    const comments = read("charts/orders.yaml").match(/#.*/g);
    expect(comments).toEqual(["# the first", "# the second", "# above", "# between", "# the last", "# the end"]);
  });

  const messy = DASHBOARD.replace(
    "metadata:\n",
    `metadata: # settings of the whole page
  default_filters: "{}"
  filter_scopes: {}
  timed_refresh_immune_slices: [404, 7, 405]
  expanded_slices: {404: true, 7: true}
  chart_configuration:
    7: {id: 7, crossFilters: {scope: {rootPath: [ROOT_ID], excluded: [404]}}}
    404: {id: 404, crossFilters: {scope: {rootPath: [ROOT_ID], excluded: [405, 406]}}}
`,
  ).replace(`datasetUuid: ${DATASET_UUID}`, `datasetUuid: ${DATASET_UUID}\n      datasetId: 3`);

  it("are a dashboard's leftovers: ids that mean nothing, keys without effect", async () => {
    const { read, done, again, findings } = await fix({ [BOARD_FILE]: `${messy}theme_id: 3\n` });
    expect(done).toHaveLength(11);
    expect(findings).toEqual([]);
    expect(again).toEqual([]);
    const { metadata, ...rest } = readYaml(read(BOARD_FILE));
    expect(rest).not.toHaveProperty("theme_id");
    expect(metadata).toEqual({
      timed_refresh_immune_slices: [7],
      expanded_slices: { 7: true },
      chart_configuration: { 7: { id: 7, crossFilters: { scope: { rootPath: ["ROOT_ID"], excluded: [] } } } },
      native_filter_configuration: [{ id: "F1", targets: [{ datasetUuid: DATASET_UUID }] }],
    });
    expect(read(BOARD_FILE)).toContain("# settings of the whole page");
  });

  it("does not change what is deployed", async () => {
    const { read } = await fix({ [BOARD_FILE]: messy });
    const form = (text: string) => canonicalise("dashboard", readYaml(text));
    expect(form(read(BOARD_FILE))).toEqual(form(messy));
  });

  it("is no id of a dashboard where the stack sends them as they are", async () => {
    const { done } = await fix({ [BOARD_FILE]: messy }, true);
    expect(done).toEqual([`${BOARD_FILE}: metadata.default_filters`, `${BOARD_FILE}: metadata.filter_scopes`]);
  });

  it("is the dataset of a filter, where charts tell which one an id means", async () => {
    const chart = CHART.replace("params:\n", "params:\n  datasource: 3__table\n");
    const board = DASHBOARD.replace(`datasetUuid: ${DATASET_UUID}`, "datasetId: 3 # orders");
    const { read, findings, again } = await fix({ "charts/orders.yaml": chart, [BOARD_FILE]: board });
    expect(read(BOARD_FILE)).toContain(`datasetUuid: ${DATASET_UUID}`);
    expect(read(BOARD_FILE)).not.toContain("datasetId");
    expect(findings).toEqual([]);
    expect(again).toEqual([]);
  });

  it("leaves filters alone that somebody may want to move to native ones", async () => {
    const board = DASHBOARD.replace("metadata:\n", 'metadata:\n  default_filters: \'{"7": {"a": [1]}}\'\n');
    const { read, done, findings } = await fix({ [BOARD_FILE]: board });
    expect(done).toEqual([]);
    expect(read(BOARD_FILE)).toBe(board);
    expect(findings).toMatchObject([{ rule: "importer-drops" }]);
  });

  it("keeps Windows line ends and the byte order mark", async () => {
    const text = `\ufeff${DATASET.replace("version: 1.0.0\n", "")}`.replaceAll("\n", "\r\n");
    const { read } = await fix({ "datasets/Shop/orders.yaml": text });
    expect(read("datasets/Shop/orders.yaml")).toBe(`${text}version: 1.0.0\r\n`);
  });
});
