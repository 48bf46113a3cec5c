import type { ExtensionBundle } from "../extensions/bundle";
import { openPackedStream } from "../extensions/pack";
import { readBundle } from "../extensions/read-bundle";
import { signatureFile, signedPart } from "../extensions/signature";
import { assertSigned } from "./bundle-signature";
import { assertLease, badId, noPrevious, previousDamaged } from "./problems";
import { type DeliveryRecord, formatRecord, isExtensionId, type RecordedVersion, stateOf } from "./record";
import type { Shelf, StagedFile } from "./shelf";
import { describeFound, type Found, fileOf, identityOf, survey } from "./survey";
import { type Delivered, type ExtensionTarget, isUpToDate, type Lease, lockNameOf, versionOf } from "./target";

/**
 * The order of steps is the same on every shelf, and each may be the last one that a killed process does:
 *
 * 1. The new bundle is written where nobody reads it. What is delivered now is kept.
 * 2. The record says what will be there, and what was. From here on the file in its place tells whether the change took
 *    place: where it did not, all is as it was, and nothing that was kept is lost.
 * 3. The bundle takes its place under its one name: readers see the old bundle or the new one, never half of one, none
 *    or two. Its signature goes ahead, so that nobody meets the bundle without it.
 * 4. Files of other names with the same id go (somebody put them there). For that instant there are two, and Superset
 *    takes either; the other way round there would be none.
 * 5. What is not needed any more goes, and from the record what was.
 */
export class ShelfTarget implements ExtensionTarget {
  constructor(private readonly shelf: Shelf) {}

  get place(): string {
    return this.shelf.place;
  }

  async list(): Promise<Delivered[]> {
    return (await survey(this.shelf)).flatMap((found) => describeFound(found) ?? []);
  }

  async read(id: string): Promise<Delivered | undefined> {
    return describeFound(await this.find(id));
  }

  lock(name: string, timeoutMs: number): Promise<Lease | undefined> {
    return this.shelf.lock(name, timeoutMs);
  }

  async put(
    bundle: ExtensionBundle,
    signature: string | undefined,
    lease: Lease,
    deliveredBy?: string,
  ): Promise<Delivered> {
    const { id } = bundle;
    assertLease(lease, lockNameOf(id));
    await this.shelf.assertOwn(id);
    const found = await this.find(id);
    const now = describeFound(found);
    const wanted = versionOf(bundle, signature);
    if (now !== undefined && isUpToDate(now, wanted)) return now;
    const inPlace = await this.shelf.nameOf(bundle.source);
    const staged = inPlace === undefined ? await this.shelf.stage(id, openPackedStream(bundle)) : undefined;
    const current = staged
      ? { ...wanted, file: fileOf(id), sha256: staged.sha256 }
      : { ...wanted, ...(await this.describeInPlace(found, inPlace ?? fileOf(id))) };
    const previous = await this.keepPrevious(found, current);
    const owner = deliveredBy ?? found.record?.deliveredBy;
    const record: DeliveryRecord = {
      ...{ format: 1, id, by: "delivery", current },
      ...(previous && { previous }),
      ...(owner !== undefined && { deliveredBy: owner }),
    };
    return this.replace(found, record, staged, lease);
  }

  async remove(id: string, lease: Lease): Promise<void> {
    assertLease(lease, lockNameOf(id));
    await this.shelf.assertOwn(id);
    const { record, recordTag, file, others } = await this.find(id);
    // The record goes last: while it is there, a removal that was interrupted can be seen, and repeated.
    if (record !== undefined) await this.removeWithSignature(record.current.file, lease, file?.tag);
    for (const other of others) await this.removeWithSignature(other.file, lease);
    await this.shelf.tidy(id, undefined);
    lease.assertHeld();
    if (recordTag !== undefined) await this.shelf.removeRecord(id, recordTag);
  }

  async rollback(id: string, lease: Lease, requiredKey?: string): Promise<Delivered> {
    assertLease(lease, lockNameOf(id));
    await this.shelf.assertOwn(id);
    const found = await this.find(id);
    // One that was killed is brought to its end, not taken back.
    const isHalfDone = found.unfinished?.by === "rollback";
    const record = isHalfDone ? found.unfinished : await this.turnBack(found);
    const wanted = record.current;
    const isThere = found.file?.sha256 === wanted.sha256 && found.record?.current.file === wanted.file;
    const staged = isThere ? undefined : await this.stageKept(id, wanted);
    if (requiredKey !== undefined) await this.assertKeptSigned(id, wanted, staged, requiredKey);
    return this.replace(found, record, staged, lease);
  }

  /** What a rollback brings about; what is there is kept. */
  private async turnBack({ id, record, recordTag, file }: Found): Promise<DeliveryRecord> {
    const { current, previous, rolledBackFrom, deliveredBy } = record ?? {};
    if (current === undefined || previous === undefined)
      throw noPrevious(id, this.place, record === undefined && recordTag !== undefined);
    const isCurrent = file?.sha256 === current.sha256 && current.sha256 !== previous.sha256;
    if (isCurrent) await this.shelf.keep(id, current.file, current.sha256);
    return {
      ...{ format: 1, id, by: "rollback", current: { ...previous, file: fileOf(id) } },
      ...(isCurrent && { previous: current }),
      ...(previous.checksum !== rolledBackFrom?.checksum && { rolledBackFrom: identityOf(current) }),
      ...(deliveredBy !== undefined && { deliveredBy }),
    };
  }

  private async find(id: string): Promise<Found> {
    if (!isExtensionId(id)) throw badId(id);
    const [found] = await survey(this.shelf, id);
    if (found === undefined) throw new Error(`Nothing was said of ${id}.`);
    return found;
  }

  /** A bundle that lies on the target already is left as it is; only the record is missing. */
  private async describeInPlace({ record, file, others }: Found, name: string) {
    const other = others.find((each) => each.file === name);
    const isRecorded = record?.current.file === name;
    const sha256 = other?.sha256 ?? (isRecorded ? file?.sha256 : undefined);
    if (sha256 === undefined) throw new Error(`${name} went while it was looked at.`);
    return { file: name, sha256 };
  }

  /**
   * What a rollback will bring back: what is there now. A file that somebody changed by hand is not kept; what was
   * delivered before it stays.
   */
  private async keepPrevious(found: Found, next: RecordedVersion): Promise<RecordedVersion | undefined> {
    const { id, record, file, others } = found;
    const isDelivered = record !== undefined && file?.sha256 === record.current.sha256;
    const now = isDelivered ? record.current : record === undefined ? others[0] : undefined;
    if (now !== undefined && now.checksum !== next.checksum) {
      await this.shelf.keep(id, now.file, now.sha256);
      return { ...identityOf(now), file: now.file, sha256: now.sha256 };
    }
    const before = record?.previous;
    return before?.checksum === next.checksum ? undefined : before;
  }

  /** Steps 2 to 5. Nothing staged: the file is in its place already. */
  private async replace(
    found: Found,
    record: DeliveryRecord,
    staged: StagedFile | undefined,
    lease: Lease,
  ): Promise<Delivered> {
    const { id, current, previous } = record;
    const there = current.file === found.record?.current.file ? found.file : await this.shelf.inspect(current.file);
    const before = found.record && stateOf(found.record);
    lease.assertHeld();
    await this.shelf.writeRecord(id, formatRecord({ ...record, ...(before && { before }) }), found.recordTag);
    lease.assertHeld();
    if (current.signature !== undefined)
      await this.shelf.writeText(id, signatureFile(current.file), `${current.signature}\n`);
    if (staged !== undefined && there?.sha256 !== current.sha256) {
      lease.assertHeld();
      await this.shelf.publish(staged, current.file, there?.tag);
    }
    const old = [found.record?.current.file, ...found.others.map(({ file }) => file)];
    for (const file of new Set(old))
      if (file !== undefined && file !== current.file) await this.removeWithSignature(file, lease);
    if (current.signature === undefined) await this.shelf.remove(signatureFile(current.file));
    await this.shelf.tidy(id, previous?.sha256);
    const done = await this.find(id);
    if (before !== undefined) {
      lease.assertHeld();
      await this.shelf.writeRecord(id, formatRecord(record), done.recordTag);
    }
    const now = describeFound(done);
    if (now === undefined) throw new Error(`${id} was removed while it was delivered.`);
    return now;
  }

  private async stageKept(id: string, wanted: RecordedVersion): Promise<StagedFile> {
    const staged = await this.shelf.stageKept(id, wanted.sha256);
    if (staged === undefined) throw previousDamaged(id, this.place, "Its file is gone.");
    if (staged.sha256 === wanted.sha256) return staged;
    throw previousDamaged(id, this.place, "Its file was changed.");
  }

  /** Whoever may write to the target may write a record, too: it is the content that must be signed. */
  private async assertKeptSigned(
    id: string,
    wanted: RecordedVersion,
    staged: StagedFile | undefined,
    requiredKey: string,
  ): Promise<void> {
    const read = async ({ path }: { readonly path: string }) => (await readBundle({ kind: "supx", path })).bundle;
    const bundle = await (staged === undefined ? this.shelf.withBundle(wanted.file, read) : read(staged));
    if (bundle?.id !== id || bundle.checksums.whole !== wanted.checksum)
      throw previousDamaged(id, this.place, "Its file is another bundle than its record says.");
    assertSigned(signedPart(bundle), wanted.signature, requiredKey, `${id} ${bundle.version} on ${this.place}`);
  }

  private async removeWithSignature(file: string, lease: Lease, tag?: string): Promise<void> {
    lease.assertHeld();
    await this.shelf.remove(file, tag);
    await this.shelf.remove(signatureFile(file));
  }
}
