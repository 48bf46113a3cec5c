import { z } from "zod";
import { parseJson } from "../core/parse-json";

/** `publisher.name`; file names are made of it. */
const EXTENSION_ID = /^[a-z0-9-]+\.[a-z0-9-]+$/;

const DIGEST = /^[0-9a-f]{64}$/;

/** Others may write to the target: no name in a record leads out of it, or is none that a file can have. */
const fileName = z.string().regex(/^[^/\\\p{Cc}]{1,200}\.supx$/u);

const identitySchema = z.object({
  version: z.string(),
  checksum: z.string().regex(DIGEST),
  signature: z.string().optional(),
});

const versionSchema = identitySchema.extend({
  file: fileName,
  /** Of the file's bytes. */
  sha256: z.string().regex(DIGEST),
});

const stateSchema = z.object({
  current: versionSchema,
  previous: versionSchema.optional(),
  rolledBackFrom: identitySchema.optional(),
  /** What wrote it. */
  by: z.enum(["delivery", "rollback"]),
  /** The stack that brought the extension here, where one did. */
  deliveredBy: z.string().optional(),
});

const recordSchema = stateSchema.extend({
  /** A later form must not be taken for this one. */
  format: z.literal(1),
  id: z.string().regex(EXTENSION_ID),
  /** What was, until the change is at its end: the file tells whether one that was killed took place. */
  before: stateSchema.optional(),
});

/** One version as it was delivered. */
export type RecordedVersion = z.infer<typeof versionSchema>;

/**
 * What was delivered of one extension, `.pulumi-superset/<id>.json` on the target. It is written before the bundle takes
 * its place: whoever finds another file than it says knows that a delivery was interrupted or that somebody else wrote.
 */
export type DeliveryRecord = z.infer<typeof recordSchema>;

/** What a change begins with, as its record keeps it. */
export function stateOf({ current, previous, rolledBackFrom, by, deliveredBy }: DeliveryRecord) {
  return stateSchema.parse({ current, previous, rolledBackFrom, by, deliveredBy });
}

/** Whether a text may be an extension's id. */
export function isExtensionId(text: string): boolean {
  return EXTENSION_ID.test(text);
}

/** The ids whose records are among the names of files. */
export function idsOfRecords(names: readonly string[]): string[] {
  return names.flatMap((name) => (/\.json$/.test(name) ? [name.slice(0, -".json".length)] : [])).filter(isExtensionId);
}

/** The record of an extension; undefined where the text is none. */
export function parseRecord(id: string, text: string): DeliveryRecord | undefined {
  const { data } = recordSchema.safeParse(parseJson(text));
  return data?.id === id ? data : undefined;
}

export function formatRecord(record: DeliveryRecord): string {
  return `${JSON.stringify(record, undefined, 2)}\n`;
}
