import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { generateDocs } from "../../scripts/generate-docs.mjs";

const ROOT = join(import.meta.dirname, "../..");

/** Markdown files that people read, relative to the repository. */
const PAGES = ["", "docs/", "provider/", "examples/three-brands/", "examples/extensions/"].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `${folder}${name}`),
);

describe("generated documents", () => {
  it.each([...generateDocs()])("%s is what `npm run docs` writes", (path, text) => {
    expect(readFileSync(join(ROOT, path), "utf8")).toBe(text);
  });
});

describe.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");

  it("links to files and headings that exist", () => {
    const broken = listLinks(text).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });

  it("names npm scripts that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as { scripts: object };
    const named = [...text.matchAll(/npm run (?:-s )?([a-z][\w:-]*)/g)].map(([, name = ""]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});

/** The entries of the workflow guide of `ol-superset`: its commands, protections, technical details and troubleshooting. */
const ENTRIES = [
  ...[
    "`export`",
    "`export --from superset-qa`",
    "`export --output-dir`, `-o`",
    "`validate`, `--assets-dir`",
    "`sync A B`",
  ],
  ...["`sync --yes`, `-y`", "`sync --dry-run`, `-n`", "`promote --dry-run`", "`promote --force`"],
  ...[
    "`promote --skip-validation`",
    "QA to production only",
    "pre-flight validation, git status",
    "`PROMOTE`",
    "manifest",
  ],
  ...[
    "production warning, `SYNC TO PRODUCTION`",
    "yes/no for other targets",
    "OAuth2 with PKCE",
    "`~/.sup/config.yml`",
  ],
  ...["database UUID mapping by name", "all pages", "asset counts", "published dashboards only", "continue on error"],
  ...[
    "security validation",
    "tokens in memory only",
    "CSRF tokens",
    "audit trail",
    "`is_managed_externally` false on QA",
  ],
  ...[
    "production locked",
    "summary of flags",
    "flags can fail",
    "flags of production",
    "testing the flags",
    "localhost:8080",
  ],
  ...["a login for each run", '"Assets not found"', '"Command not found"', '"Could not extract database information"'],
  ...['"query_context JSON not valid"', '"Import shows fewer assets than exported"', '"Cannot connect to database"'],
  ...[
    "weekly backup",
    '"Develop New Dashboard"',
    '"Mirror Production to QA"',
    "CI/CD integration",
    "diff viewer",
    "rollback",
  ],
];

describe("docs/workflows.md", () => {
  const rows = readFileSync(join(ROOT, "docs/workflows.md"), "utf8").match(/^\|.*`test\/.*$/gm) ?? [];

  it.each(ENTRIES)("has a row for %s of the workflow that it speaks of", (entry) => {
    expect(rows.filter((row) => row.split("|")[1]?.includes(entry))).not.toEqual([]);
  });

  it.each(named(rows))("%s: the test that is named exists", (_, row) => expectTest(row));
});

describe("docs/showtime-workflows.md", () => {
  const rows = readFileSync(join(ROOT, "docs/showtime-workflows.md"), "utf8").match(/^\|.*`test\/.*$/gm) ?? [];

  it.each(rows.map((row) => [row.split("|")[1]?.trim(), row]))("%s: the test that is named exists", (_, row) => {
    const [, file = "", title = ""] = /`(test\/[^`]+)`: ([^|]+?) *\|$/.exec(row) ?? [];
    expect(title).not.toBe("");
    expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
  });
});

describe("docs/showtime.md", () => {
  const rows = readFileSync(join(ROOT, "docs/showtime.md"), "utf8").match(/^\|.*`test\/.*$/gm) ?? [];

  it.each(named(rows))("%s: the test that is named exists", (_, row) => expectTest(row));
});

/** Headings and entries of the document about loading extensions at the start of Superset. */
const EXTENSION_ENTRIES = [
  ...["Overview", "Extension Discovery", "Checksum Management", "Startup Orchestration", "Enhanced Models"],
  ...["Environment Variables", "Configuration Options", ".supx Files", "Directory Structure", "Startup Process"],
  ...["Distributed Locking", "Error Handling", "Security Benefits", "Monitoring and Logging", "Development Workflow"],
  ...["Common Issues", "Debug Steps", "1. Extensions not loading", "2. Extensions not updating", "3. Lock timeouts"],
  ...["4. Bundle format errors", "Debug step 1", "Debug step 2", "Debug step 3", "Debug step 4"],
];

describe("docs/extensions.md", () => {
  const rows = readFileSync(join(ROOT, "docs/extensions.md"), "utf8").match(/^\|.*`test\/.*$/gm) ?? [];

  it.each(EXTENSION_ENTRIES)("has a row for %s of the document that it follows", (entry) => {
    expect(rows.filter((row) => row.split("|")[1]?.includes(entry))).not.toEqual([]);
  });

  it.each(named(rows))("%s: the test that is named exists", (_, row) => expectTest(row));
});

function named(rows: readonly string[]): [string, string][] {
  return rows.map((row) => [row.split("|")[1]?.trim() ?? "", row]);
}

/** The last cell of a row names a test. */
function expectTest(row: string): void {
  const [, file = "", title = ""] = /`(test\/[^`]+)`: ([^|]+?) *\|$/.exec(row) ?? [];
  expect(title).not.toBe("");
  expect(readFileSync(join(ROOT, file), "utf8")).toContain(title);
}

/** Targets of links and images inside the repository. */
function listLinks(text: string): string[] {
  const prose = text.replace(/^```.*?^```/gms, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link).filter((link) => !/^[a-z]+:/i.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const file = path === "" ? join(ROOT, page) : join(ROOT, dirname(page), path);
  if (!existsSync(file)) return false;
  return heading === undefined || listHeadings(readFileSync(file, "utf8")).includes(heading);
}

/** Headings in the form in which links name them. */
function listHeadings(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
