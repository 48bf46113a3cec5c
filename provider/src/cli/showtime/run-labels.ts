import pc from "picocolors";
import stringWidth from "string-width";
import { COLUMNS, formatJson, wrapText } from "../../core/plain-text";
import { LABEL_TABLE, type LabelRow } from "../../showtime/label-table";

/** What `labels` was called with. */
export interface LabelsOptions {
  readonly json?: boolean;
}

const SETTERS: readonly [LabelRow["setBy"], string][] = [
  ["a person", "Labels that people set"],
  ["the tool", "Labels that this tool sets: a view of what runs, written anew from AWS; who deletes one loses nothing"],
];

const INDENT = "  ";

/** Explains the labels. Nobody is asked. */
export function runLabels({ json }: LabelsOptions): number {
  process.stdout.write(`${json ? formatJson({ version: 1, labels: LABEL_TABLE }) : formatLabels()}\n`);
  return 0;
}

/** The labels for people, in 80 columns. */
export function formatLabels(): string {
  const groups = SETTERS.map(([setBy, title]) => {
    const rows = LABEL_TABLE.filter((row) => row.setBy === setBy).flatMap(formatRow);
    return [...wrapText(`${title}:`, COLUMNS).map((line) => pc.bold(line)), ...rows].join("\n");
  });
  return groups.join("\n\n");
}

function formatRow({ pattern, meaning, example, alsoRead }: LabelRow): string[] {
  const others = alsoRead.length === 0 ? [] : [`also read: ${alsoRead.join(", ")}`];
  return [
    `${INDENT}${pattern}`,
    ...indent(example === pattern ? meaning : `${meaning}; as ${example}`),
    ...others.flatMap((line) => indent(line).map((part) => pc.dim(part))),
  ];
}

function indent(text: string): string[] {
  const space = INDENT.repeat(3);
  return wrapText(text, COLUMNS - stringWidth(space)).map((line) => `${space}${line}`);
}
