import { crc32, deflateRawSync } from "node:zlib";

/** An entry of an archive; whatever stands here is written as it is, lies included. */
export interface RawEntry {
  readonly name: string | Buffer;
  readonly content?: string | Buffer;
  /** Default 8, deflate; of other numbers the content is written as it is. */
  readonly method?: number;
  /** Default: the mark for UTF-8. */
  readonly flags?: number;
  /** Version of the format that a reader must know, times ten. Default 20. */
  readonly version?: number;
  /** Unix mode, upper half of the attributes. Default: none. */
  readonly mode?: number;
  readonly extra?: Buffer;
  /** What lies there instead of the deflated content. */
  readonly stored?: Buffer;
  /** In both headers; default: what is true. */
  readonly size?: number;
  readonly crc?: number;
  /** In front of the content; default: `name`. */
  readonly localName?: string;
  /** Date and time as the format has them. */
  readonly time?: number;
  /** The content of the entry of this number counts for this one too: nothing of its own is written. */
  readonly sharedWith?: number;
}

/** What is untrue about the archive as a whole. */
export interface RawArchive {
  readonly comment?: string;
  readonly prefix?: Buffer;
  /** Entries that the end record conceals. */
  readonly concealed?: number;
  /** Added to where the end record says that the table of contents lies. */
  readonly shift?: number;
  /** Whether it also has the end record of archives over 4 GB. */
  readonly isZip64?: boolean;
}

const UTF8_NAMES = 0x800;

/** Writes an archive with everything that writers refuse to write. */
export function makeRawZip(entries: readonly RawEntry[], archive: RawArchive = {}): Buffer {
  const parts: Buffer[] = archive.prefix === undefined ? [] : [archive.prefix];
  const directory: Buffer[] = [];
  const offsets: number[] = [];
  let offset = 0;
  for (const entry of entries) {
    const stored = storedContent(entry);
    offsets.push(entry.sharedWith === undefined ? offset : (offsets[entry.sharedWith] ?? 0));
    if (entry.sharedWith === undefined) {
      const local = Buffer.concat([localHeader(entry, stored), stored]);
      parts.push(local);
      offset += local.length;
    }
    directory.push(directoryRecord(entry, stored, offsets.at(-1) ?? 0));
  }
  const table = Buffer.concat(directory);
  return Buffer.concat([
    ...parts,
    table,
    ...zip64Records(archive, { count: entries.length, table, offset }),
    endRecord(entries.length, table.length, offset, archive),
  ]);
}

function storedContent({ content = "", method = 8, stored }: RawEntry): Buffer {
  const bytes = Buffer.from(content);
  return stored ?? (method === 8 ? deflateRawSync(bytes) : bytes);
}

/** What both headers of an entry have, from the flags to the lengths. */
function commonFields(entry: RawEntry, stored: Buffer, name: Buffer): Buffer {
  const bytes = Buffer.from(entry.content ?? "");
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(entry.flags ?? UTF8_NAMES, 0);
  fields.writeUInt16LE(entry.method ?? 8, 2);
  fields.writeUInt32LE(entry.time ?? 0x00210000, 4);
  fields.writeUInt32LE(entry.crc ?? crc32(bytes), 8);
  fields.writeUInt32LE(stored.length, 12);
  fields.writeUInt32LE(entry.size ?? bytes.length, 16);
  fields.writeUInt16LE(name.length, 20);
  return fields;
}

function localHeader(entry: RawEntry, stored: Buffer): Buffer {
  const name = Buffer.from(entry.localName ?? entry.name);
  return Buffer.concat([Buffer.from("PK\x03\x04\x14\x00", "latin1"), commonFields(entry, stored, name), name]);
}

function directoryRecord(entry: RawEntry, stored: Buffer, offset: number): Buffer {
  const name = Buffer.from(entry.name);
  const extra = entry.extra ?? Buffer.alloc(0);
  const fields = commonFields(entry, stored, name);
  fields.writeUInt16LE(extra.length, 22);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  return Buffer.concat([
    Buffer.from("PK\x01\x02\x14\x03", "latin1"),
    Buffer.from([entry.version ?? 20, 0]),
    fields,
    rest,
    name,
    extra,
  ]);
}

/** The end record of archives over 4 GB, and what leads to it. */
function zip64Records(
  { isZip64 = false }: RawArchive,
  { count, table, offset }: { readonly count: number; readonly table: Buffer; readonly offset: number },
): Buffer[] {
  if (!isZip64) return [];
  const [record, locator] = [Buffer.alloc(56), Buffer.alloc(20)];
  record.write("PK\x06\x06", "latin1");
  record.writeUInt32LE(44, 4);
  for (const [at, value] of [
    [24, count],
    [32, count],
    [40, table.length],
    [48, offset],
  ] as const)
    record.writeBigUInt64LE(BigInt(value), at);
  locator.write("PK\x06\x07", "latin1");
  locator.writeBigUInt64LE(BigInt(offset + table.length), 8);
  locator.writeUInt32LE(1, 16);
  return [record, locator];
}

function endRecord(count: number, size: number, offset: number, archive: RawArchive): Buffer {
  const { comment = "", concealed = 0, shift = 0 } = archive;
  const record = Buffer.alloc(22);
  record.write("PK\x05\x06", "latin1");
  record.writeUInt16LE(count - concealed, 8);
  record.writeUInt16LE(count - concealed, 10);
  record.writeUInt32LE(size, 12);
  record.writeUInt32LE(offset + shift, 16);
  record.writeUInt16LE(comment.length, 20);
  return Buffer.concat([record, Buffer.from(comment, "latin1")]);
}
