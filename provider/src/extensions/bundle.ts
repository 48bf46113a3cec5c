import type { ExtensionManifest } from "./manifest";
import type { RuleId } from "./rules";

/** Where a bundle lies. */
export interface BundleSource {
  /** A packed file, or a development folder that has `dist/`. */
  readonly kind: "supx" | "folder";
  /** Absolute path of the file, or of the extension's folder. */
  readonly path: string;
}

/** One file of a bundle. */
export interface BundleEntry {
  /** Path inside the bundle, with `/`. */
  readonly path: string;
  /** Bytes, unpacked. */
  readonly size: number;
  /** SHA-256, hexadecimal. Of `manifest.json` it is that of its canonical text, which is also what is packed. */
  readonly sha256: string;
}

/**
 * SHA-256, hexadecimal, of each part of a bundle. They tell content alone: not the order in the ZIP, time stamps,
 * compression, the order of keys in the manifest, or whether the bundle is packed.
 */
export interface BundleChecksums {
  readonly manifest: string;
  /** Absent where the bundle has no such files. */
  readonly frontend?: string;
  /** Absent where the bundle has no such files. */
  readonly backend?: string;
  /** Over the three others. */
  readonly whole: string;
}

/** A bundle without errors, read once; its files stay where they are. */
export interface ExtensionBundle {
  readonly source: BundleSource;
  /** `publisher.name`. */
  readonly id: string;
  readonly publisher: string;
  readonly name: string;
  /** `x.y.z`; `0.0.0` where the manifest has none, as the server takes it. */
  readonly version: string;
  readonly manifest: ExtensionManifest;
  /** `manifest.json` first, the others in the order of their paths. */
  readonly entries: readonly BundleEntry[];
  readonly checksums: BundleChecksums;
  /** Bytes of all entries together, unpacked. */
  readonly size: number;
}

/** Something that is wrong with a bundle. */
export interface Finding {
  readonly rule: RuleId;
  /** An error: the bundle is not taken. */
  readonly severity: "error" | "warning";
  /** The bundle's path. */
  readonly path: string;
  /** The file in the bundle that it is about. */
  readonly entry?: string;
  /** What is wrong, one line. */
  readonly summary: string;
  /** What to do about it. */
  readonly remedy: string;
}

/** What a bundle may be at most. */
export interface BundleLimits {
  /** Bytes of a packed file. */
  readonly fileBytes: number;
  readonly entries: number;
  /** Bytes of one entry, unpacked. */
  readonly entryBytes: number;
  /** Bytes of all entries, unpacked. */
  readonly totalBytes: number;
  /** How many times longer all entries may be than what is stored of them. */
  readonly ratio: number;
  readonly manifestBytes: number;
}

const MEGABYTE = 1024 * 1024;

/**
 * Bytes of an entry and the ratio are the server's own defaults (`ZIPPED_FILE_MAX_SIZE`, `ZIP_FILE_MAX_COMPRESS_RATIO`):
 * it drops what goes beyond. It reads every bundle for every request, so the others are far above what serves anybody.
 */
export const DEFAULT_LIMITS: BundleLimits = {
  fileBytes: 512 * MEGABYTE,
  entries: 10_000,
  entryBytes: 100 * MEGABYTE,
  totalBytes: 512 * MEGABYTE,
  ratio: 200,
  manifestBytes: MEGABYTE,
};

/** What a read of one bundle came to. */
export interface BundleReading {
  /** Undefined where there is an error. */
  readonly bundle: ExtensionBundle | undefined;
  readonly findings: readonly Finding[];
}
