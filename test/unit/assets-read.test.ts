import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, symlinkSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { generateCorpus, multiplyCorpus } from "../../bench/generate-corpus.mjs";
import { defineFromDocument } from "../../provider/src/assets/define";
import { dependenciesOf, dependentsOf, orderByDependency } from "../../provider/src/assets/graph";
import { parseYaml } from "../../provider/src/assets/parse-yaml";
import { readAssets } from "../../provider/src/assets/read-folder";
import { CHART, CHART_UUID, DATASET_UUID, makeFolder, OTHER_UUID, readWith, SOUND } from "./assets-support";

const other = (title: string) => CHART.replace(CHART_UUID, OTHER_UUID).replace("Orders", title);
const rulesOf = async (files: Parameters<typeof readWith>[0]) =>
  (await readWith(files)).findings.map(({ rule, file }) => `${rule} ${file}`);

describe("files", () => {
  test("any depth, both endings, hidden and _ names skipped", async () => {
    const files = {
      "team/a/charts/deep/x.yml": other("Deep"),
      "charts/.hidden.yaml": "[",
      "charts/_draft.yaml": "[",
      ".git/charts/x.yaml": "[",
      "charts/readme.md": "[",
    };
    const { definitions, findings } = await readWith(files);
    expect(findings).toEqual([]);
    expect(definitions.map(({ name }) => name)).toContain("team/a/charts/deep/x");
  });

  test.each([
    ["a byte order mark", `\ufeff${other("BOM")}`, "BOM"],
    ["Windows line ends", other("Windows").replaceAll("\n", "\r\n"), "Windows"],
    ["emoji and right-to-left text", other("📊 المبيعات"), "📊 المبيعات"],
  ])("%s", async (_, text, title) => {
    const { definitions, findings } = await readWith({ "charts/📈 مبيعات.yaml": text });
    expect(findings).toEqual([]);
    expect(definitions.find(({ uuid }) => uuid === OTHER_UUID)).toMatchObject({ title, name: "charts/📈 مبيعات" });
  });

  test("Windows line ends do not move places", async () => {
    const { findings } = await readWith({
      "charts/orders.yaml": CHART.replace("params:", "owners: []\nparams:").replaceAll("\n", "\r\n"),
    });
    expect(findings).toMatchObject([{ rule: "unknown-key", line: 3, column: 1 }]);
  });

  test("line ends do not matter to the content", async () => {
    const sql = "sql: |\n  select 1\n\n  from x\n";
    const read = (text: string) => parseYaml(text).document;
    expect(read(sql.replaceAll("\n", "\r\n"))).toEqual(read(sql));
  });

  test("the metadata of an export is no asset; an asset may have that name", async () => {
    const { definitions, findings } = await readWith({
      "metadata.yaml": "version: 1.0.0\ntype: Dashboard\ntimestamp: '2026-01-01T00:00:00'\n",
      "team/metadata.yaml": "version: 1.0.0\n",
      "charts/metadata.yaml": other("Metadata"),
    });
    expect(findings).toEqual([]);
    expect(definitions.find(({ uuid }) => uuid === OTHER_UUID)).toMatchObject({ name: "charts/metadata" });
  });

  test("a read writes nothing", async () => {
    const folder = makeFolder({ "charts/a.yaml": `# kept\n${other("A")}` });
    await readAssets(folder);
    expect(readFileSync(join(folder, "charts/a.yaml"), "utf8")).toBe(`# kept\n${other("A")}`);
  });

  test("include and exclude", async () => {
    const { definitions, findings } = await readWith(
      {},
      { include: ["{databases,datasets}/**"], exclude: ["datasets/**", "dataset/**"] },
    );
    expect(definitions.map(({ path }) => path)).toEqual(["databases/Shop.yaml"]);
    expect(findings).toMatchObject([{ rule: "glob-unused", severity: "warning", file: "dataset/**" }]);
  });

  test("a glob that leads out of the folder", async () => {
    const { findings } = await readWith({}, { include: ["**", "../**"] });
    expect(findings).toMatchObject([{ rule: "path-outside", severity: "error", file: "../**" }]);
  });

  test("a folder that is not there", async () => {
    await expect(readAssets("/nowhere/at/all")).rejects.toMatchObject({ code: "assets/folder-missing" });
  });
});

describe("hostile files", () => {
  test("a byte that is not UTF-8", async () => {
    expect(await rulesOf({ "charts/a.yaml": Buffer.from([0x61, 0x3a, 0x20, 0xff]) })).toEqual([
      "file-encoding charts/a.yaml",
    ]);
  });

  test("50 MB are not read", async () => {
    const folder = makeFolder({ ...SOUND, "charts/a.yaml": "slice_name: a" });
    truncateSync(join(folder, "charts/a.yaml"), 50 * 1024 * 1024);
    const start = performance.now();
    const { findings, definitions } = await readAssets(folder);
    expect(findings).toMatchObject([
      { rule: "file-too-large", file: "charts/a.yaml", message: expect.stringContaining("50 MB") },
    ]);
    expect(definitions).toHaveLength(4);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("a symbolic link out of the folder, and one inside", async () => {
    const outside = makeFolder({ "x.yaml": other("Outside"), "charts/y.yaml": other("Outside") });
    const folder = makeFolder({ ...SOUND, "shared/charts/z.yaml": other("Inside") });
    symlinkSync(join(outside, "x.yaml"), join(folder, "charts/link.yaml"));
    symlinkSync(join(outside, "charts"), join(folder, "more"));
    symlinkSync(folder, join(folder, "charts/circle"));
    symlinkSync(join(folder, "nowhere"), join(folder, "charts/dead.yaml"));
    const { definitions, findings } = await readAssets(folder);
    expect(findings.map(({ rule, file }) => `${rule} ${file}`)).toEqual([
      "file-unreadable charts/dead.yaml",
      "path-outside charts/circle",
      "path-outside charts/link.yaml",
      "path-outside more",
    ]);
    expect(definitions.map(({ title }) => title)).not.toContain("Outside");
  });

  test("a pipe is not opened", async () => {
    const folder = makeFolder(SOUND);
    execFileSync("mkfifo", [join(folder, "charts/pipe.yaml")]);
    const { findings } = await readAssets(folder);
    expect(findings).toMatchObject([{ rule: "file-unreadable", file: "charts/pipe.yaml" }]);
  });

  const bomb = [
    "a: &a [x, x, x, x, x, x, x, x, x]",
    ..."bcdefghi"
      .split("")
      .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefgh"[index]}`).join(", ")}]`),
  ].join("\n");

  test.each([
    ["a YAML bomb", bomb],
    ["deep brackets", "[".repeat(100_000)],
    ["deep mappings", "{a: ".repeat(50_000)],
    ["deep lists", "- ".repeat(100_000)],
    ["nesting just too deep", `a: ${"[".repeat(210)}${"]".repeat(210)}`],
    ["deep keys", "? ".repeat(50_000)],
    ["deep indentation", Array.from({ length: 2000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("%s", async (_, text) => {
    const start = performance.now();
    expect(await rulesOf({ "charts/a.yaml": text })).toEqual(["yaml-too-complex charts/a.yaml"]);
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test("a hundred thousand keys are compared in time", () => {
    const start = performance.now();
    const text = Array.from({ length: 100_000 }, (_, index) => `k${index}: 1`).join("\n");
    expect(parseYaml(`${text}\nk5: 2\n`).problems).toMatchObject([{ rule: "yaml-duplicate-key" }]);
    expect(performance.now() - start).toBeLessThan(10_000);
  });

  test("a key named __proto__ stays a key", async () => {
    const { findings } = await readWith({ "charts/orders.yaml": `__proto__: {polluted: true}\n${CHART}` });
    expect(findings).toMatchObject([{ rule: "unknown-key", line: 1 }]);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });

  test("empty files and files that are no mapping", async () => {
    expect(await rulesOf({ "charts/a.yaml": "", "charts/b.yaml": "- a\n", "charts/c.yaml": "just text\n" })).toEqual([
      "yaml-syntax charts/a.yaml",
      "yaml-syntax charts/b.yaml",
      "yaml-syntax charts/c.yaml",
    ]);
  });
});

describe("graph", () => {
  test("order and dependencies", async () => {
    const ordered = orderByDependency((await readWith({})).definitions);
    expect(ordered.map(({ kind }) => kind)).toEqual(["database", "dataset", "chart", "dashboard"]);
    const [, dataset, , dashboard] = ordered;
    expect(dashboard && dependenciesOf(dashboard).map(({ kind }) => kind)).toEqual(["chart", "dataset"]);
    expect(dataset && dependentsOf(dataset, ordered).map(({ kind }) => kind)).toEqual(["chart", "dashboard"]);
  });

  test("a definition needs a UUID", () => {
    expect(() => defineFromDocument("chart", { slice_name: "a" }, { path: "a", name: "a" })).toThrow(
      /assets\/uuid-missing/,
    );
  });

  test("UUIDs are compared in lower case", () => {
    const document = { slice_name: "a", uuid: CHART_UUID.toUpperCase(), dataset_uuid: DATASET_UUID.toUpperCase() };
    expect(defineFromDocument("chart", document, { path: "a", name: "a" })).toMatchObject({
      uuid: CHART_UUID,
      references: [{ kind: "dataset", uuid: DATASET_UUID, at: ["dataset_uuid"] }],
    });
  });
});

const REAL = join(__dirname, "../../../shared/corpus/ol-superset");

function corpus(): string {
  if (existsSync(REAL)) return REAL;
  const folder = mkdtempSync(join(tmpdir(), "corpus-"));
  generateCorpus(folder, { seed: 1, defects: true });
  return folder;
}

const KNOWN_DEFECTS = { "reference-missing": 3, "natural-key-duplicate": 3, "uuid-duplicate": 2 };

function countRules(findings: readonly { rule: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { rule } of findings) counts[rule] = (counts[rule] ?? 0) + 1;
  return counts;
}

describe("a corpus of real size", () => {
  test("exactly the known defects are found, and settings repair them", async () => {
    const folder = corpus();
    const { definitions, findings } = await readAssets(folder);
    expect(definitions).toHaveLength(368);
    expect(countRules(findings)).toEqual(KNOWN_DEFECTS);
    const dangling = findings.filter(({ rule }) => rule === "reference-missing");
    expect(
      dangling.every(({ file, message }) => file.startsWith("datasets/Trino/") && message.includes('"Trino"')),
    ).toBe(true);
    const uuids = dangling.map(({ message }) => /[0-9a-f-]{36}/.exec(message)?.[0] ?? "");
    const exclude = findings.filter(({ rule }) => rule === "natural-key-duplicate").map(({ file }) => file);
    const repaired = await readAssets(folder, { exclude, mappedDatabaseUuids: uuids });
    expect(repaired.findings).toEqual([]);
    expect(repaired.definitions).toHaveLength(365);
  });

  test("a generated corpus has the same shape, with and without defects, and is the same again", async () => {
    const [first, second, sound] = [1, 2, 3].map(() => mkdtempSync(join(tmpdir(), "corpus-"))) as [
      string,
      string,
      string,
    ];
    generateCorpus(first, { seed: 7, defects: true });
    generateCorpus(second, { seed: 7, defects: true });
    generateCorpus(sound, { seed: 7 });
    const read = await readAssets(first);
    expect(read.definitions.map(({ digest }) => digest)).toEqual(
      (await readAssets(second)).definitions.map(({ digest }) => digest),
    );
    expect(countRules(read.findings)).toEqual(KNOWN_DEFECTS);
    expect((await readAssets(sound)).findings).toEqual([]);
  });

  test("a multiplied corpus keeps its references and has natural keys of its own", async () => {
    const folder = mkdtempSync(join(tmpdir(), "corpus-"));
    multiplyCorpus(corpus(), folder, 2);
    const { definitions, findings } = await readAssets(folder);
    expect(definitions).toHaveLength(3 + 2 * 365);
    expect(countRules(findings)).toEqual({ "reference-missing": 6, "natural-key-duplicate": 6, "uuid-duplicate": 4 });
  });
});
