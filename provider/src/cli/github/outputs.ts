import { randomUUID } from "node:crypto";
import { appendFileSync } from "node:fs";

/** Hands values to later steps of a workflow; does nothing elsewhere. */
export function setOutputs(values: Readonly<Record<string, string>>): void {
  const file = process.env.GITHUB_OUTPUT;
  if (!file) return;
  for (const [name, value] of Object.entries(values)) appendFileSync(file, formatOutput(name, value, randomUUID()));
}

/**
 * One value in the form that may have several lines.
 *
 * @param delimiter nobody can guess it: a value that holds it could set other outputs
 */
export function formatOutput(name: string, value: string, delimiter: string): string {
  return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
}
