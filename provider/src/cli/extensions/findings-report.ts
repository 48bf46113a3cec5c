import { relative, resolve, sep } from "node:path";
import type { Finding as FileFinding } from "../../assets/definition";
import { count } from "../../core/plain-text";
import type { Finding } from "../../extensions/bundle";

/** `2 errors, 1 warning`, or `no findings`. */
export function summarise(findings: readonly Pick<Finding, "severity">[]): string {
  const numberOf = (wanted: Finding["severity"]) => findings.filter(({ severity }) => severity === wanted).length;
  const parts = [count(numberOf("error"), "error"), count(numberOf("warning"), "warning")];
  const told = parts.filter((part) => !part.startsWith("0 "));
  return told.length === 0 ? "no findings" : told.join(", ");
}

/** As findings about asset files, which are told in the same forms. */
export function asFileFinding({ rule, severity, path, summary, remedy }: Finding, folder: string): FileFinding {
  return { rule, severity, file: relativePath(path, folder), message: summary, remedy };
}

/** A path as annotations of a repository have it. */
export function relativePath(path: string, folder: string): string {
  return relative(resolve(folder), path).split(sep).join("/");
}

/** Findings as programs get them. */
export function toReport({ rule, severity, path, entry, summary, remedy }: Finding) {
  return { rule, severity, path, entry: entry ?? null, summary, remedy };
}

/** Whether a bundle is refused because of one of them. */
export function hasErrors(findings: readonly Finding[]): boolean {
  return findings.some(({ severity }) => severity === "error");
}
