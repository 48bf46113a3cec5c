import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { type CheckJinja, loadJinjaParser } from "../../provider/src/core/jinja-parser";
import { loadSqlReader, type ReadSql, SQL_DIALECTS } from "../../provider/src/core/sql-parser";

let checkJinja: CheckJinja;
let readSql: ReadSql;

beforeAll(async () => {
  checkJinja = await loadJinjaParser();
  readSql = await loadSqlReader();
});

/** Arbitrary text, and text of the pieces that the readers look at. */
const pieces = [
  "{{",
  "}}",
  "{%",
  "%}",
  "{#",
  "#}",
  " if x ",
  " endif ",
  "'",
  '"',
  "(",
  ")",
  "[",
  "SELECT ",
  " FROM ",
  "--",
];
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.array(fc.constantFrom(...pieces, "a", " ", "\n", "1.5", ","), { maxLength: 30 }).map((parts) => parts.join("")),
);

describe("the reader of templates", () => {
  it("answers for any text", () => {
    fc.assert(
      fc.property(text, (template) => {
        const problem = checkJinja(template);
        expect(["unbalanced", "malformed", "unknown", undefined]).toContain(problem?.certainty);
      }),
      { numRuns: 2000 },
    );
  });

  it("says nothing certain of what is nested without end", () => {
    expect(checkJinja(`{{ ${"(".repeat(50_000)}1${")".repeat(50_000)} }}`)).toMatchObject({ certainty: "unknown" });
  });

  it("takes text without braces for what it is", () => {
    const isTaken = (plain: string) => checkJinja(plain.replace(/[{}#%]/g, "")) === undefined;
    fc.assert(fc.property(text, isTaken));
  });

  it.each([
    "{% if from_dttm is not none %}a > '{{ from_dttm }}'{% elif x %}b{% else %}c{% endif %}",
    "{{ filter_values('country')|where_in }}",
    "{%- for f in get_filters('x', remove_filter=True) -%}{{ f.get('op') }}{% if not loop.last %},{% endif %}{%- endfor %}",
    "{% set a = {'b': [1, 2]} %}{{ a['b'][0] ~ 'x' }}",
    "{% with a = 1 %}{{ a }}{% endwith %}{% raw %}{{ {% endraw %}",
    "{% macro f(a, b=1) %}{{ a }}{% endmacro %}{{ f(1) }}{# a comment #}",
    "a comment ends #} nowhere",
  ])("has nothing against %s", (template) => {
    expect(checkJinja(template)).toBeUndefined();
  });
});

describe("the reader of SQL", () => {
  it("answers for any text in any dialect", () => {
    fc.assert(
      fc.property(text, fc.constantFrom(...SQL_DIALECTS), (sql, dialect) => {
        const reading = readSql(sql, dialect);
        expect("statements" in reading || reading.problem.message !== "").toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("ends where brackets are nested without end", () => {
    expect(readSql(`SELECT ${"(".repeat(20_000)}1`, "generic")).toMatchObject({ problem: {} });
  });

  it("tells what statements there are, and where it stopped", () => {
    expect(readSql("SELECT 1; DROP TABLE x", "postgresql")).toEqual({ statements: ["Query", "Drop"] });
    expect(readSql("SELECT 1\nFRM x y", "postgresql")).toMatchObject({ problem: { line: 2 } });
  });
});
