import { mapInParallel } from "../core/parallel";
import { readBundle } from "../extensions/read-bundle";
import { signatureFile } from "../extensions/signature";
import { digestFile } from "./file-operations";
import { type DeliveryRecord, parseRecord, type RecordedVersion } from "./record";
import type { Shelf, ShelvedFile, Tag } from "./shelf";
import type { Delivered, DeliveryState } from "./target";

/** Files and records are small or on a fast disk; requests to a bucket take their time. */
const WIDTH = 16;

/** A bundle that no record speaks of. */
interface ForeignFile extends RecordedVersion {
  readonly id: string;
}

/** What a target has of one extension. */
export interface Found {
  readonly id: string;
  /** As it is in force: of a change that did not take place, the one before. Undefined where none can be read. */
  readonly record: DeliveryRecord | undefined;
  /** What a change that was killed was to bring about, whether it took place or not. */
  readonly unfinished: DeliveryRecord | undefined;
  /** Of the record's text, also where that is no record. */
  readonly recordTag: Tag | undefined;
  /** The file that the record names. */
  readonly file: ShelvedFile | undefined;
  /** Files of this id that the record does not name. */
  readonly others: readonly ForeignFile[];
  /** Whether a signature lies there exactly where the record has one, and is that one. */
  readonly isSignatureRight: boolean;
}

/**
 * Looks at a target: files, records, and the ids of files that no record names.
 *
 * @param only one extension; then nothing is read of the others
 */
export async function survey(shelf: Shelf, only?: string): Promise<Found[]> {
  const [names, recorded] = await Promise.all([shelf.listNames(), shelf.listRecords()]);
  const present = new Set(names);
  // A file under its usual name belongs to its record; only records without one may name another file.
  const isRead = (id: string) => only === undefined || id === only || !present.has(fileOf(id));
  const records = new Map(
    await mapInParallel(
      recorded.filter(isRead),
      WIDTH,
      async (id) => [id, await readRecord(shelf, id, recorded)] as const,
    ),
  );
  const claimed = new Set([
    ...recorded.filter((id) => !records.has(id)).map(fileOf),
    ...[...records.values()].flatMap(({ record }) => (record === undefined ? [] : [record.current.file])),
  ]);
  const strange = names.filter((name) => name.endsWith(".supx") && !claimed.has(name));
  const foreign = (await mapInParallel(strange, WIDTH, (name) => identify(shelf, name))).flat();
  const ids = only === undefined ? new Set([...records.keys(), ...foreign.map(({ id }) => id)]) : [only];
  return mapInParallel([...ids].sort(), WIDTH, async (id) => {
    const { record, unfinished, tag: recordTag } = records.get(id) ?? NO_RECORD;
    const others = foreign.filter((file) => file.id === id);
    const file = record === undefined ? undefined : await shelf.inspect(record.current.file);
    return {
      id,
      record,
      unfinished,
      recordTag,
      file,
      others,
      isSignatureRight: await hasItsSignature(shelf, present, record),
    };
  });
}

const NO_RECORD = { record: undefined, unfinished: undefined, tag: undefined };

/** Each extension has one file name for ever: a new version takes the old one's place by one rename. */
export function fileOf(id: string): string {
  return `${id}.supx`;
}

/** @param recorded all ids: no record speaks of another one's file */
async function readRecord(shelf: Shelf, id: string, recorded: readonly string[]) {
  const found = await shelf.readRecord(id);
  const record = found && parseRecord(id, found.text);
  const isOfAnother = recorded.some((other) => other !== id && record?.current.file === fileOf(other));
  if (record === undefined || isOfAnother) return { ...NO_RECORD, tag: found?.tag };
  return { ...(await settle(shelf, record)), tag: found?.tag };
}

/** Of a change that was killed, the file in its place tells whether it took place. */
async function settle(shelf: Shelf, { before, ...after }: DeliveryRecord) {
  if (before === undefined) return { record: after, unfinished: undefined };
  const isInPlace = async ({ file, sha256 }: RecordedVersion) => (await shelf.inspect(file))?.sha256 === sha256;
  const isUndone = !(await isInPlace(after.current)) && (await isInPlace(before.current));
  const { format, id } = after;
  return { record: isUndone ? { format, id, ...before } : after, unfinished: after };
}

/** Nothing where the file is gone, or is no sound bundle: Superset does not take it either. */
async function identify(shelf: Shelf, file: string): Promise<ForeignFile[]> {
  const found = await shelf.withBundle(file, async (source) => {
    const { bundle } = await readBundle(source);
    if (bundle === undefined) return [];
    const { id, version, checksums } = bundle;
    return [{ id, version, checksum: checksums.whole, file, sha256: await digestFile(source.path) }];
  });
  return found ?? [];
}

async function hasItsSignature(
  shelf: Shelf,
  present: ReadonlySet<string>,
  record: DeliveryRecord | undefined,
): Promise<boolean> {
  if (record === undefined) return true;
  const { file, signature } = record.current;
  const name = signatureFile(file);
  if (!present.has(name)) return signature === undefined;
  return signature !== undefined && (await shelf.readText(name))?.trim() === signature;
}

/** What was found, in a word; undefined where there is nothing. */
export function describeFound(found: Found): Delivered | undefined {
  const { id, record, file, others, isSignatureRight } = found;
  const [other] = others;
  if (record === undefined) return describeUnrecorded(found, other);
  const { current, previous, rolledBackFrom, deliveredBy } = record;
  const isIntact = isSignatureRight && others.length === 0 && file?.sha256 === current.sha256;
  const isMissing = file === undefined && other === undefined;
  const state: DeliveryState = isIntact ? "intact" : isMissing ? "missing" : "changed";
  return {
    ...{ id, ...identityOf(current), state },
    file: file === undefined && other !== undefined ? other.file : current.file,
    ...(previous && { previous: identityOf(previous) }),
    ...(rolledBackFrom && { rolledBackFrom: identityOf(rolledBackFrom) }),
    ...(deliveredBy !== undefined && { deliveredBy }),
  };
}

function describeUnrecorded({ id, recordTag }: Found, file: ForeignFile | undefined): Delivered | undefined {
  if (file === undefined) {
    if (recordTag === undefined) return undefined;
    return { id, version: "unknown", checksum: "", file: fileOf(id), state: "missing", isRecordDamaged: true };
  }
  const about = { id, ...identityOf(file), file: file.file };
  return recordTag === undefined
    ? { ...about, state: "foreign" }
    : { ...about, state: "changed", isRecordDamaged: true };
}

/** A version without where it lies. */
export function identityOf({
  version,
  checksum,
  signature,
}: Pick<RecordedVersion, "version" | "checksum" | "signature">) {
  return { version, checksum, ...(signature !== undefined && { signature }) };
}
