import type { Finding } from "./bundle";

/** A file of a bundle that can be read; its name and place are sound. */
export interface BundleFile {
  /** Path inside the bundle, with `/`. */
  readonly path: string;
  /** Bytes, as the archive or the disk says; the content may show otherwise. */
  readonly size: number;
  /** What the archive says of its content; a disk says nothing. */
  readonly crc32?: number;
  /** The content, unpacked. */
  open(): AsyncIterable<Buffer>;
}

/** A bundle whose names, sizes and structure were checked and whose contents were not read yet. */
export interface OpenBundle {
  readonly files: readonly BundleFile[];
  readonly findings: readonly Finding[];
  /** Whether the limits forbid to unpack all of it. */
  readonly isTooMuch: boolean;
  close(): Promise<void>;
}

/** A bundle that nothing can be read of. */
export function unreadable(...findings: readonly Finding[]): OpenBundle {
  return { files: [], findings, isTooMuch: true, close: async () => undefined };
}
