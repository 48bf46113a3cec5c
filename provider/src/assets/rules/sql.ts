import { type CheckJinja, isTemplated } from "../../core/jinja-parser";
import { type ReadSql, SQL_DIALECTS, type SqlDialect, type SqlProblem, type SqlReading } from "../../core/sql-parser";
import type { Severity } from "../definition";
import type { SqlText } from "../sql-texts";
import type { Problem } from "./registry";

/** What reads SQL and templates; loaded only where a folder holds any. */
export interface SqlTools {
  readonly readSql: ReadSql;
  readonly checkJinja: CheckJinja;
}

/** Statements that Superset refuses in a virtual dataset: it must only read. */
const WRITING = /^(Insert|Update|Delete|Merge|Truncate|Drop|Alter|Create|Grant|Revoke|Copy)/;

/** Rules `sql-syntax` and `jinja-syntax`. */
export function checkSql(texts: readonly SqlText[], tools: SqlTools): Problem[] {
  const read = rememberReadings(tools.readSql);
  return texts.flatMap((text) => checkText(text, { ...tools, readSql: read }));
}

/** The same expressions stand in many files. */
function rememberReadings(readSql: ReadSql): ReadSql {
  const readings = new Map<string, SqlReading>();
  return (sql, dialect) => {
    const key = `${dialect} ${sql}`;
    const reading = readings.get(key) ?? readSql(sql, dialect);
    readings.set(key, reading);
    return reading;
  };
}

function checkText(text: SqlText, { readSql, checkJinja }: SqlTools): Problem[] {
  const reading = readSql(toStatement(text), text.dialect ?? "generic");
  const isPlain = "statements" in reading;
  if (isTemplated(text.sql)) {
    const broken = checkTemplate(text, checkJinja, isPlain);
    if (broken !== undefined) return [broken];
  }
  if (isPlain) return text.form === "query" ? checkStatements(text, reading.statements) : [];
  return [describeUnread(text, reading.problem, readSql)];
}

/** On lines of their own: the last one may end in a comment. */
function toStatement({ sql, form }: SqlText): string {
  switch (form) {
    case "query":
      return sql;
    case "expression":
      return `SELECT (\n${sql}\n) AS x`;
    case "condition":
      return `SELECT 1 FROM x WHERE (\n${sql}\n)`;
  }
}

/** @param isPlain whether it is SQL as it stands: then the braces may be part of a text that is meant so */
function checkTemplate(text: SqlText, checkJinja: CheckJinja, isPlain: boolean): Problem | undefined {
  const found = checkJinja(text.sql);
  if (found === undefined) return undefined;
  const { message, line, certainty } = found;
  const severity = ({ unbalanced: isPlain ? "warning" : "error", malformed: "warning", unknown: "note" } as const)[
    certainty
  ];
  const place = line === undefined ? "" : ` (line ${line} of the SQL)`;
  return {
    rule: "jinja-syntax",
    severity,
    file: text.file,
    at: text.at,
    message:
      certainty === "unknown"
        ? `the Jinja template could not be read${place}: ${message}`
        : `the Jinja template is not well formed${place}: ${message}`,
    remedy:
      certainty === "unknown"
        ? "Look whether it works on a server: it holds what only Superset's own reader knows."
        : "Correct the template; charts on it fail where the server fills templates in.",
  };
}

function checkStatements(text: SqlText, statements: readonly string[]): Problem[] {
  const problem = { rule: "sql-syntax" as const, severity: "error" as const, file: text.file, at: text.at };
  const writing = statements.find((statement) => WRITING.test(statement));
  if (writing !== undefined) {
    const message = `the query of a virtual dataset must only read, and this one holds ${writing.toUpperCase()}`;
    return [{ ...problem, message, remedy: "Make it a SELECT." }];
  }
  if (statements.length === 1) return [];
  const message =
    statements.length === 0
      ? "the SQL of the virtual dataset holds no query"
      : `the SQL of the virtual dataset holds ${statements.length} statements, and Superset runs only one`;
  return [{ ...problem, message, remedy: "Leave exactly one SELECT." }];
}

function describeUnread(text: SqlText, found: SqlProblem, readSql: ReadSql): Problem {
  const { file, at, dialect } = text;
  const problem = { rule: "sql-syntax" as const, file, at };
  if (isTemplated(text.sql)) {
    const message = "the SQL is a template: whether it is well formed shows only when the server fills it in";
    return { ...problem, severity: "note", message, remedy: "Nothing; open a chart on it to be sure." };
  }
  const reason = describeReason(text, found);
  if (dialect === undefined) {
    const message = `the SQL could not be read${reason}; the dialect of its database is not known`;
    return { ...problem, severity: "note", message, remedy: "Look whether it works on a server." };
  }
  const readings = SQL_DIALECTS.map((other) => readSql(toStatement(text), other));
  const isOpen = lacksBracket(text, dialect, readSql);
  const severity = judge(found, readings, isOpen);
  if (severity === "note") {
    const message = `the SQL is not quite that of its database (${dialect})${reason}; another dialect reads it`;
    return { ...problem, severity, message, remedy: "Look whether it works on a server: no parser knows everything." };
  }
  const message = `the SQL is not well formed${isOpen ? ": a bracket is not closed" : reason}`;
  return { ...problem, severity, message, remedy: `Correct it; it is read as ${nameDialect(dialect)}.` };
}

/**
 * How sure it is that no database could run it. Parsers never know a dialect whole, so what none of them reads is a
 * warning; only what then ends in the middle is certain.
 */
function judge(own: SqlProblem, readings: readonly SqlReading[], isOpen: boolean): Severity {
  const isRead = readings.some((reading) => "statements" in reading);
  if (isRead || /recursion limit/.test(own.message)) return "note";
  return isOpen || endsEarly(own) ? "error" : "warning";
}

/** More brackets than this are no slip of one hand. */
const MOST_OPEN = 3;

/** The parser goes back to where another reading was possible, so its own words do not tell. */
function lacksBracket(text: SqlText, dialect: SqlDialect, readSql: ReadSql): boolean {
  return Array.from({ length: MOST_OPEN }, (_, index) => `${text.sql}\n${")".repeat(index + 1)}`).some(
    (sql) => "statements" in readSql(toStatement({ ...text, sql }), dialect),
  );
}

function endsEarly({ message }: SqlProblem): boolean {
  return /found: EOF$|^Unterminated /.test(message);
}

function nameDialect(dialect: SqlDialect): string {
  return dialect === "generic" ? "SQL of any dialect" : dialect;
}

/** Without the text that was found where it may be anything: a literal may be a secret. */
function describeReason({ form }: SqlText, { message, line, column }: SqlProblem): string {
  const said = message
    .replace(/found: (?!EOF$|[\w.]{1,40}$|[^\w'"`\s]{1,3}$).*$/s, "found: another text")
    .replace(/found: EOF$/, "found: its end");
  if (line === undefined) return `: ${said}`;
  // The line in front of an expression is not the file's.
  const own = form === "query" ? line : line - 1;
  return ` (line ${own}, column ${column} of the SQL): ${said}`;
}
