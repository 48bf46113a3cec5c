import { relative, sep } from "node:path";
import type { Finding, Severity } from "../assets/definition";
import type { FileFix } from "../assets/fix-folder";
import { COLUMNS, count, formatJson, plainLine, plainText, wrapText } from "../core/plain-text";

/** Everything that a run of `validate` found and did. */
export interface ValidateReport {
  /** The assets folder, on the disk. */
  readonly folder: string;
  /** How many files were read as assets. */
  readonly files: number;
  readonly findings: readonly Finding[];
  /** What `--fix` wrote. */
  readonly fixed: readonly FileFix[];
  /** What `--fix` would write. */
  readonly fixable: readonly FileFix[];
}

/** The forms of the output. */
export const FORMATS = ["people", "json", "github"] as const;

export type Format = (typeof FORMATS)[number];

/** Version of the JSON: a number that changes when something is taken away or means something else. */
const JSON_VERSION = 1;

/**
 * What goes to stdout.
 *
 * @param root folder that paths in annotations are relative to: that of the repository
 */
export function formatReport(report: ValidateReport, format: Format, root: string): string {
  switch (format) {
    case "people":
      return formatForPeople(report);
    case "json":
      return `${formatJson(toJson(report))}\n`;
    case "github":
      return report.findings.map((finding) => `${formatAnnotation(finding, report.folder, root)}\n`).join("");
  }
}

/** `3 errors, 1 warning in 368 files (0.9 s).` */
export function summarise({ findings, files }: ValidateReport, seconds: number): string {
  const counts = countSeverities(findings);
  const parts = [count(counts.errors, "error"), count(counts.warnings, "warning"), count(counts.notes, "note")];
  const told = parts.filter((part) => !part.startsWith("0 "));
  return `${told.length === 0 ? "No findings" : told.join(", ")} in ${count(files, "file")} (${seconds.toFixed(1)} s).`;
}

/** How many findings there are of each severity. */
export function countSeverities(findings: readonly Finding[]) {
  const number = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  return { errors: number("error"), warnings: number("warning"), notes: number("note") };
}

function formatForPeople({ findings, fixed }: ValidateReport): string {
  const files = new Map<string, Finding[]>();
  for (const finding of findings) files.set(finding.file, [...(files.get(finding.file) ?? []), finding]);
  const written = fixed.map(({ file, fixes }) =>
    [`${plainLine(file)}: fixed`, ...fixes.flatMap(({ message }) => indent(`- ${message}`, "  "))].join("\n"),
  );
  const found = [...files].map(([file, own]) => [plainLine(file), ...own.map(formatFinding)].join("\n"));
  return [...written, ...found].map((part) => `${part}\n\n`).join("");
}

function formatFinding({ line, column, severity, rule, message, remedy }: Finding): string {
  const place = [line, column].filter((part) => part !== undefined).join(":");
  const head = place === "" ? "" : `${place} `;
  return [...indent(`${head}${severity}: ${message} [${rule}]`, "  "), ...indent(`to do: ${remedy}`, "      ")].join(
    "\n",
  );
}

function indent(text: string, margin: string): string[] {
  const lines = wrapText(plainLine(text), COLUMNS - margin.length - 2);
  return lines.map((line, index) => `${margin}${index === 0 ? "" : "  "}${line}`);
}

function toJson({ folder, files, findings, fixed, fixable }: ValidateReport) {
  const list = (fixes: readonly FileFix[]) =>
    fixes.flatMap(({ file, fixes: own }) => own.map(({ at, message }) => ({ file, key: at.join("."), message })));
  return {
    version: JSON_VERSION,
    folder,
    files,
    counts: countSeverities(findings),
    findings: findings.map(({ rule, severity, file, line, column, message, remedy }) => ({
      rule,
      severity,
      file,
      line: line ?? null,
      column: column ?? null,
      message,
      remedy,
    })),
    fixable: list(fixable),
    fixed: list(fixed),
  };
}

const COMMANDS: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "notice" };

function formatAnnotation(finding: Finding, folder: string, root: string): string {
  const { severity, file, line, column, rule, message, remedy } = finding;
  const path = relative(root, `${folder}${sep}${file}`).split(sep).join("/");
  const properties = Object.entries({ file: path, line, col: column, title: rule }).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${escapeProperty(plainText(String(value)))}`],
  );
  return `::${COMMANDS[severity]} ${properties.join(",")}::${escapeData(plainText(`${message}\nto do: ${remedy}`))}`;
}

/** As GitHub's own toolkit escapes what workflow commands carry. */
function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
