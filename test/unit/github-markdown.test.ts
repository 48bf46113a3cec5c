import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { lexer, type Token } from "marked";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Drift, formatDrift } from "../../provider/src/cli/drift-report";
import { formatPlanFailure, formatPlanReport } from "../../provider/src/cli/plan-report";
import { assertHarmless } from "../../provider/src/cli/untrusted-folder";
import { fitMarkdown, toCodeBlock, toCodeSpan } from "../../provider/src/core/markdown";
import { LONGEST_BODY } from "../../provider/src/github/message";
import type { Difference } from "../../provider/src/plan/compare-sides";

const HOSTILE = [
  "@everyone please look",
  "![x](http://evil.example/pixel.png)",
  "[free money](http://evil.example)",
  "<img src=x onerror=alert(1)><!-- ",
  "``` ```` `",
  "\n```\n# A heading\n@everyone",
  "</details><h1>x",
  "http://evil.example #1 example/dashboards#2",
  "::error file=x::gotcha",
  "a\r\nb\u2028c\u202ed\u0007",
  "\u001b[31mred",
];

const anyText = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.array(fc.constantFrom(...HOSTILE, "`", "``", "\n", "x", " ")).map((parts) => parts.join("")),
  fc.string({ unit: "binary" }),
);

/** What of a text is more than words: everything but paragraphs, plain text and code. */
function listMarkup(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => {
    const inner = "tokens" in token && token.tokens ? listMarkup(token.tokens) : [];
    const isPlain = ["paragraph", "text", "code", "codespan", "space", "strong", "heading", "escape"].includes(
      token.type,
    );
    return isPlain ? inner : [token.raw, ...inner];
  });
}

const difference = (text: string): Difference => ({
  kind: "chart",
  uuid: "5f8b9c1e-0000-4000-8000-000000000001",
  title: text,
  path: `charts/${text}.yaml`,
  verdict: "changed",
  changes: [],
  seenIn: [text, text],
});

const planOf = (text: string) =>
  formatPlanReport({
    stack: "qa",
    comparison: { differences: [difference(text)], same: 3 },
    others: [`row-level security rule "${text}": create: new`],
    summary: "1 asset: 1 to update.",
  });

describe("texts of other people in Markdown", () => {
  it("are code, whatever they hold", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const block = lexer(`before\n\n${toCodeBlock(text)}\n\nafter @nobody`);
        expect(block.filter(({ type }) => type !== "space").map(({ type }) => type)).toEqual([
          "paragraph",
          "code",
          "paragraph",
        ]);
        const [line] = lexer(`before ${toCodeSpan(text)} after`);
        const inside = line !== undefined && "tokens" in line ? (line.tokens ?? []) : [];
        expect(inside.map(({ type }) => type)).toEqual(["text", "codespan", "text"]);
      }),
      { numRuns: 500 },
    );
  });

  it("bring no mention, link, image, HTML or heading into a plan", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const report of [planOf(text), formatPlanFailure("qa", text)]) {
          const tokens = lexer(report);
          expect(listMarkup(tokens)).toEqual([]);
          expect(tokens.filter(({ type }) => type === "heading").map(({ raw }) => raw.trim())).toEqual([
            "### Plan for `qa`",
          ]);
        }
      }),
      { numRuns: 300 },
    );
  });

  it("cannot leave the folded part of a report about drift", () => {
    for (const text of HOSTILE) {
      const row = { kind: "chart", name: text, inStack: false, findings: ["is no longer on the server"] } as const;
      const drift = { stack: "qa", url: "https://qa.example.com", isMoved: true, output: text, ids: [row] };
      const report = formatDrift({
        ...drift,
        comparison: { differences: [difference(text)], same: 1 },
      } as unknown as Drift);
      const html = lexer(report)
        .filter(({ type }) => type === "html")
        .map(({ raw }) => raw.trim());
      expect(html).toEqual([
        "<details>\n<summary>What Pulumi says</summary>",
        "</details>",
        "<details>\n<summary>On the server, and not of this stack: 1 asset</summary>",
        "</details>",
      ]);
    }
  });

  it("say what is planned", () => {
    expect(planOf("Revenue")).toBe(
      [
        "### Plan for `qa`",
        "",
        "**1 asset: 1 to update.**",
        "",
        "```diff",
        '! chart "Revenue"',
        '    seen in dashboard "Revenue" and dashboard "Revenue"',
        "    charts/Revenue.yaml",
        "0 added, 0 removed, 1 changed, 3 the same",
        "```",
        "",
        "```text",
        'row-level security rule "Revenue": create: new',
        "```",
        "",
      ].join("\n"),
    );
  });
});

describe("what is too long for GitHub", () => {
  it("is cut between lines, says so, and leaves nothing open", () => {
    const lines = Array.from({ length: 9000 }, (_, index) => `+ chart ${index}`);
    const text = `### Plan\n\n<details>\n\n${toCodeBlock(lines.join("\n"), "diff")}\n\n</details>\n`;
    const cut = fitMarkdown(text, LONGEST_BODY);
    expect(cut.length).toBeLessThanOrEqual(LONGEST_BODY);
    expect(cut).toMatch(/\n\+ chart \d+\n```\n\n<\/details>\n\n\*\*Cut here: \d+ more lines\.\*\* The log/);
    expect(lexer(cut).at(-1)).toMatchObject({ type: "paragraph" });
  });

  it("is left alone where it fits", () => {
    expect(fitMarkdown("x\n".repeat(10), LONGEST_BODY)).toBe("x\n".repeat(10));
  });
});

describe("a folder of somebody else", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "untrusted-"));
    mkdirSync(join(folder, "assets/charts"), { recursive: true });
    writeFileSync(join(folder, "assets/charts/a.yaml"), "slice_name: A\n");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("is taken with ordinary files, and left to its reader where it is missing", async () => {
    await expect(assertHarmless(join(folder, "assets"))).resolves.toBeUndefined();
    await expect(assertHarmless(join(folder, "missing"))).resolves.toBeUndefined();
  });

  it("is refused with a link to a file, to a folder, or as a link itself", async () => {
    symlinkSync("/etc/passwd", join(folder, "assets/charts/b.yaml"));
    await expect(assertHarmless(join(folder, "assets"))).rejects.toMatchObject({
      code: "assets/untrusted",
      why: "charts/b.yaml is a symbolic link",
    });
    rmSync(join(folder, "assets/charts/b.yaml"));
    symlinkSync("charts", join(folder, "assets/more"));
    await expect(assertHarmless(join(folder, "assets"))).rejects.toMatchObject({ code: "assets/untrusted" });
    symlinkSync(tmpdir(), join(folder, "link"));
    await expect(assertHarmless(join(folder, "link"))).rejects.toMatchObject({ code: "assets/untrusted" });
    symlinkSync(folder, join(folder, "behind"));
    await expect(assertHarmless(join(folder, "behind/assets"))).rejects.toMatchObject({ code: "assets/untrusted" });
  });

  it("is refused with too many or too large files", async () => {
    for (let index = 0; index < 20; index++) writeFileSync(join(folder, `assets/${index}.yaml`), "");
    await expect(assertHarmless(join(folder, "assets"), { files: 10, totalBytes: 1e9 })).rejects.toMatchObject({
      why: "it has more than 10 files",
    });
    truncateSync(join(folder, "assets/0.yaml"), 2e8);
    await expect(assertHarmless(join(folder, "assets"))).rejects.toMatchObject({
      why: expect.stringContaining("bytes"),
    });
  });
});
