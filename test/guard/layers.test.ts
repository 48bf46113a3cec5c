import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const SOURCES = join(ROOT, "provider/src");

/** Lower layers first; layers of one line do not know each other (design, "Layers"). */
const LAYERS = [
  ["core"],
  ["showtime", "extensions"],
  ["assets", "superset", "aws", "github"],
  ["environment", "delivery"],
  ["settings"],
  ["login"],
  ["identity"],
  ["plan"],
  ["hooks"],
  ["resources"],
  ["cli"],
];

/** Imports between layers of one line: `superset` speaks of assets by their kinds. */
const ALLOWED = new Set(["superset -> assets"]);

const NOT_OURS = new Set(["node_modules", "dist", "images", ".local", ".git"]);

/** Files below a folder of the project, at any depth, relative to it, with `/`. */
function listFiles(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return listFiles(join(folder, entry.name)).map((file) => `${entry.name}/${file}`);
    return entry.isFile() ? [entry.name] : [];
  });
}

const MODULES = listFiles("provider/src").filter((file) => file.endsWith(".ts"));

interface Import {
  readonly file: string;
  readonly layer: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

/** All imports of the provider, dynamic ones included. */
function listImports(): Import[] {
  return MODULES.flatMap((file) => {
    const source = ts.createSourceFile(file, readFileSync(join(SOURCES, file), "utf8"), ts.ScriptTarget.Latest, true);
    const imports: Import[] = [];
    const visit = (node: ts.Node): void => {
      const imported = readImport(node);
      if (imported !== undefined) imports.push({ file, layer: layerOf(file), ...imported });
      ts.forEachChild(node, visit);
    };
    visit(source);
    return imports;
  });
}

function readImport(node: ts.Node): Pick<Import, "target" | "typeOnly"> | undefined {
  if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
    return { target: node.moduleSpecifier.text, typeOnly: node.importClause?.isTypeOnly ?? false };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined && ts.isStringLiteral(node.moduleSpecifier)) {
    return { target: node.moduleSpecifier.text, typeOnly: node.isTypeOnly };
  }
  if (!ts.isCallExpression(node)) return undefined;
  const [argument] = node.arguments;
  const isLoad = node.expression.kind === ts.SyntaxKind.ImportKeyword || node.expression.getText() === "require";
  return isLoad && argument !== undefined && ts.isStringLiteral(argument)
    ? { target: argument.text, typeOnly: false }
    : undefined;
}

/** The folder below `src`; `index.ts` itself is the package's face. */
function layerOf(file: string): string {
  return file.includes("/") ? (file.split("/")[0] ?? "") : "index";
}

function rankOf(layer: string): number {
  return LAYERS.findIndex((names) => names.includes(layer));
}

const IMPORTS = listImports();

/** Imports of packages, by name without a path inside. */
function importersOf(name: string, options: { typesToo?: boolean } = {}): string[] {
  const found = IMPORTS.filter(
    ({ target, typeOnly }) => (target === name || target.startsWith(`${name}/`)) && (options.typesToo || !typeOnly),
  );
  return [...new Set(found.map(({ layer }) => layer))].sort();
}

describe("the layers", () => {
  it("are all known", () => {
    const layers = new Set(MODULES.map(layerOf));
    expect([...layers].filter((layer) => rankOf(layer) < 0)).toEqual(["index"]);
    expect(IMPORTS.length).toBeGreaterThan(100);
  });

  it("import only what is below them", () => {
    const wrong = IMPORTS.filter(({ target }) => target.startsWith(".")).flatMap(({ file, layer, target }) => {
      const other = layerOf(relative(SOURCES, join(SOURCES, file, "..", target)));
      const isBelow = rankOf(other) >= 0 && rankOf(other) < rankOf(layer);
      const isFine = layer === "index" || other === layer || isBelow || ALLOWED.has(`${layer} -> ${other}`);
      return isFine ? [] : [`${file} imports ${target}`];
    });
    expect(wrong).toEqual([]);
  });

  it("leave Pulumi to the resources, Superset's HTTP to superset", () => {
    expect(importersOf("@pulumi/pulumi")).toEqual(["resources"]);
    expect(importersOf("@pulumi/pulumi", { typesToo: true })).toEqual(["hooks", "resources"]);
    expect(importersOf("axios", { typesToo: true })).toEqual(["superset"]);
    const others = ["axios-retry", "tough-cookie", "https-proxy-agent"].flatMap((name) => importersOf(name));
    expect(others.filter((layer) => layer !== "superset")).toEqual([]);
  });

  it("keep plan, identity and showtime free of input and output", () => {
    const io = /^(node:)?(fs|fs\/promises|net|http|https|http2|tls|dns|child_process|worker_threads|process|os)$/;
    const pure = IMPORTS.filter(({ layer, typeOnly }) => ["plan", "identity", "showtime"].includes(layer) && !typeOnly);
    expect(pure.filter(({ target }) => io.test(target))).toEqual([]);
    // The server is described to the plan, never asked by it.
    expect(pure.filter(({ target }) => target.includes("/superset/"))).toEqual([]);
    const impure = /\bprocess\.|\bfetch\(|\bawait\b|Date\.now|new Date\(\)/;
    const modules = MODULES.filter((file) => ["plan", "identity", "showtime"].includes(layerOf(file)));
    expect(modules.filter((file) => impure.test(readFileSync(join(SOURCES, file), "utf8")))).toEqual([]);
  });

  it("let only the hooks write: what programs run reads", () => {
    const writes =
      /\b(importEntries|deleteRemotes?|putValues|changeValues|ensureAccess|ensureGuards|moveUses|changeDashboard|applyAccess|createRule|changeRule|deleteRule|giveUuid|moveDataset|writeDisplayControls)\b|\bflushCaches\(/;
    // Rules of a load balancer are called so too.
    const others = MODULES.filter((file) => layerOf(file) !== "aws");
    const writers = others.filter((file) => writes.test(readFileSync(join(SOURCES, file), "utf8"))).map(layerOf);
    expect([...new Set(writers)].sort()).toEqual(["hooks", "superset"]);
  });
});

describe("the house rules", () => {
  const files = listFiles(".").filter((file) => file !== relative(ROOT, import.meta.filename));
  const code = files.filter((file) => /\.[cm]?[jt]s$/.test(file));

  /** Files with a text that must not be there, as `file: rule`. */
  const findTexts = (among: readonly string[], rules: Readonly<Record<string, RegExp>>) =>
    among.flatMap((file) => {
      const text = withoutComments(readFileSync(join(ROOT, file), "utf8"));
      return Object.entries(rules).flatMap(([rule, pattern]) => (pattern.test(text) ? [`${file}: ${rule}`] : []));
    });

  it("file names are in kebab case", () => {
    const isKebab = /^[a-z0-9]+(-[a-z0-9]+)*(\.(test|config|d))?\.[cm]?[jt]s$/;
    expect(code.filter((file) => !isKebab.test(file.split("/").pop() ?? ""))).toEqual([]);
  });

  it("no file names a path of the machine that it was written on", () => {
    const texts = files.filter((file) => /\.([cm]?[jt]s|json|ya?ml|md|py|sh)$|^\.ci\//.test(file));
    expect(texts.length).toBeGreaterThan(100);
    expect(
      findTexts(texts, { "private path": /\/work\/(main|shared)|\/root\/|\/home\/[a-z]+\/|\/Users\/[a-z]+\//i }),
    ).toEqual([]);
  });

  it("no `any`, no swallowed error, no silenced compiler", () => {
    const rules = {
      any: /(:|\bas|<|\|)\s*any\b\s*[;,)>\]=|[{]/,
      "empty catch": /catch\s*(\([^)]*\))?\s*\{\s*\}/,
      "swallowed rejection": /\.catch\(\(\)\s*=>\s*\{\s*\}\)/,
      "silenced compiler": /@ts-(ignore|nocheck|expect-error)/,
    };
    expect(findTexts(code, rules)).toEqual([]);
  });

  it("no test waits by the clock", () => {
    const tests = code.filter((file) => file.startsWith("test/") && file.endsWith(".test.ts"));
    expect(findTexts(tests, { sleep: /setTimeout\(|timers\/promises/ })).toEqual([]);
  });
});

/** Compiler directives are comments too, and stay. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/(?! @ts-).*$/gm, "");
}
