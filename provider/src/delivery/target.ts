import type { ExtensionBundle } from "../extensions/bundle";

/** What one version of an extension is told apart by. */
export interface DeliveredVersion {
  readonly version: string;
  /** The whole checksum of its bundle, SHA-256, hexadecimal. */
  readonly checksum: string;
  /** Ed25519 signature of the bundle, base64, where it was delivered with one. */
  readonly signature?: string;
}

/**
 * How an extension lies on a target:
 *
 * - `intact`: one file, byte for byte as it was delivered
 * - `changed`: its file, its signature or its name is another, or a second file has its id
 * - `missing`: it was delivered, and its file is gone
 * - `foreign`: somebody else put it there
 */
export type DeliveryState = "intact" | "changed" | "missing" | "foreign";

/** An extension on a target. Version and checksum are as delivered, also where the file was changed; of a foreign one as found. */
export interface Delivered extends DeliveredVersion {
  /** `publisher.name`. */
  readonly id: string;
  /** Name of its file on the target; of a missing one the name that it had. */
  readonly file: string;
  readonly state: DeliveryState;
  /** What a rollback would bring back. */
  readonly previous?: DeliveredVersion;
  /** What a rollback took away, until something else is delivered. */
  readonly rolledBackFrom?: DeliveredVersion;
  /** The stack that brought it here, where one did: `organization/project/stack`. */
  readonly deliveredBy?: string;
  /** What was recorded of it cannot be read: nobody knows the version before it any more. */
  readonly isRecordDamaged?: true;
}

/** The right to write one extension, until it is given back. */
export interface Lease {
  readonly name: string;
  /** @throws ProblemError `delivery/lock-lost` where somebody else may write by now */
  assertHeld(): void;
  /** Gives the right back. A second call does nothing. */
  release(): Promise<void>;
}

/**
 * Where a server's extensions lie: a folder or a prefix of a bucket. Reading needs no lock, writes nothing, and may be
 * done while others write.
 */
export interface ExtensionTarget {
  /** As people know it: a path, or `s3://bucket/prefix`. */
  readonly place: string;
  /** All extensions, in the order of their ids. */
  list(): Promise<Delivered[]>;
  /** One extension; undefined where the target has none of this id. */
  read(id: string): Promise<Delivered | undefined>;
  /**
   * Waits for the right to write.
   *
   * @param name see {@link lockNameOf}
   * @param timeoutMs milliseconds; 0 asks once
   * @returns undefined where somebody else held it all the time
   */
  lock(name: string, timeoutMs: number): Promise<Lease | undefined>;
  /**
   * Puts a bundle there, in the place of whatever has its id. What was there becomes the previous version. Where the
   * target has exactly this already, nothing is written.
   *
   * @param signature base64
   * @param lease of {@link lockNameOf} the bundle's id
   * @param deliveredBy the stack that brings the extension here; default: whoever did before
   */
  put(bundle: ExtensionBundle, signature: string | undefined, lease: Lease, deliveredBy?: string): Promise<Delivered>;
  /** Removes an extension and everything that belongs to it. One that is not there is fine. */
  remove(id: string, lease: Lease): Promise<void>;
  /**
   * Changes an extension and its previous version: a second rollback takes back the first.
   *
   * @param requiredKey public Ed25519 key in PEM: what is brought back must be signed with its other half
   * @throws ProblemError `delivery/no-previous`, `delivery/previous-damaged`, `extension/unsigned`,
   *   `extension/signature-wrong`, `extension/key-invalid`; nothing was changed then
   */
  rollback(id: string, lease: Lease, requiredKey?: string): Promise<Delivered>;
}

/** The lock of one extension. The whole id: two publishers may use one name. */
export function lockNameOf(id: string): string {
  return `extension_upsert:extension_name=${id}`;
}

/**
 * Does something with the lock of an extension in hand, and gives it back.
 *
 * @param timeoutMs milliseconds; 0 asks once
 * @param onHeld what is done where somebody else held it all the time
 */
export async function withLease<T>(
  target: ExtensionTarget,
  id: string,
  timeoutMs: number,
  { work, onHeld }: { readonly work: (lease: Lease) => Promise<T>; readonly onHeld: () => T },
): Promise<T> {
  const lease = await target.lock(lockNameOf(id), timeoutMs);
  if (lease === undefined) return onHeld();
  try {
    return await work(lease);
  } finally {
    await lease.release();
  }
}

/** What a bundle will be on a target. */
export function versionOf({ version, checksums }: ExtensionBundle, signature: string | undefined): DeliveredVersion {
  return { version, checksum: checksums.whole, ...(signature !== undefined && { signature: signature.trim() }) };
}

/** Whether a target has exactly this, so that nothing is to be written. */
export function isUpToDate(now: Delivered | undefined, { version, checksum, signature }: DeliveredVersion): boolean {
  const isSame = now?.checksum === checksum && now.version === version && now.signature === signature;
  return isSame && now.state === "intact";
}
