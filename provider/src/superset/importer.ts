import { z } from "zod";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { ProblemError } from "../core/errors";
import { readOwnAccount } from "./account";
import { readAccess } from "./asset-access";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import { buildForm, bundlePath, type ImportEntry, packBundle } from "./import-bundle";
import { ImportErrors } from "./import-errors";
import { explainRefusals, findMissingParents, readParents } from "./import-explain";
import { findMissingLinks, type ImportedDashboard } from "./import-links";
import type { RemoteAsset } from "./listing";
import { readBack } from "./lookup";

export type { ImportEntry } from "./import-bundle";

/** What became of one entry. */
export type ImportOutcome =
  | { readonly entry: ImportEntry; readonly remote: RemoteAsset }
  | { readonly entry: ImportEntry; readonly error: ProblemError };

/** Settings of one import. */
export interface ImportOptions {
  /** What was on the server before, where the caller knows it; saves one request for each kind. */
  readonly before?: (kind: AssetKind, uuid: string) => RemoteAsset | undefined;
  /** All in one transaction of the server or nothing: a refused import is not split. */
  readonly together?: boolean;
}

const Answer = z.object({ message: z.string().optional() });

/** Statuses that may be one file's fault; 413 goes away with smaller bundles. */
const FILE_FAULTS = new Set([400, 413, 422, 500]);

/**
 * Writes assets with one import, in the order of their kinds, and reads back what the server has. A refused import is
 * split until the guilty files are known; the others go in.
 *
 * @param entries each with a UUID of its own
 * @returns one outcome for each entry, in the order of the entries; an error of the server is an outcome
 * @throws what `mayWrite` throws; whatever is no error of a request
 */
export async function importEntries(
  client: SupersetClient,
  entries: readonly ImportEntry[],
  options: ImportOptions = {},
): Promise<ImportOutcome[]> {
  if (entries.length === 0) return [];
  const ordered = ASSET_KINDS.flatMap((kind) => entries.filter((entry) => entry.kind === kind));
  const run = new ImportRun(client, options.together ?? false);
  try {
    await run.readBefore(ordered, options.before);
    await run.importGroup(ordered);
  } catch (error) {
    if (!(error instanceof SupersetError)) throw error;
    run.failOpen(ordered, error);
  }
  await run.verifyLinks();
  return entries.map((entry) => run.outcomeOf(entry));
}

/** One call of {@link importEntries}: what was there before and what became of each entry, by path in the bundle. */
class ImportRun {
  readonly #client: SupersetClient;
  readonly #errors: ImportErrors;
  readonly #before = new Map<string, RemoteAsset>();
  readonly #outcomes = new Map<string, ImportOutcome>();
  /** What the schema has against entries; undefined until the first refusal. */
  #reasons: Map<string, string> | undefined;

  readonly #together: boolean;

  constructor(client: SupersetClient, together: boolean) {
    this.#client = client;
    this.#together = together;
    this.#errors = new ImportErrors(client);
  }

  outcomeOf(entry: ImportEntry): ImportOutcome {
    const outcome = this.#outcomes.get(bundlePath(entry));
    if (outcome === undefined) throw new Error(`bug: no outcome of ${entry.path}`);
    return outcome;
  }

  async readBefore(entries: readonly ImportEntry[], known: ImportOptions["before"]): Promise<void> {
    const found = known === undefined ? await this.#read(entries) : undefined;
    for (const entry of entries) {
      const remote = known === undefined ? found?.get(bundlePath(entry)) : known(entry.kind, entry.uuid);
      if (remote !== undefined) this.#before.set(bundlePath(entry), remote);
    }
  }

  /** Gives an error to every entry that has no outcome yet. */
  failOpen(entries: readonly ImportEntry[], cause: ProblemError, note?: unknown): void {
    for (const entry of entries) {
      if (!this.#outcomes.has(bundlePath(entry))) this.#fail(entry, this.#errors.failed(entry, cause, note));
    }
  }

  /** @returns true where the group went in as a whole */
  async importGroup(group: readonly ImportEntry[]): Promise<boolean> {
    const ready = this.#dropOrphans(group);
    if (ready.length === 0) return false;
    const failure = await this.#post(ready);
    if (failure === undefined) {
      await this.#verify(ready);
      return true;
    }
    if (failure.code === OUTCOME_UNKNOWN) await this.#settle(ready, failure);
    else await this.#handleRefusal(ready, failure);
    return false;
  }

  /** Imports once more each dashboard that lacks links, and fails those that still do. */
  async verifyLinks(): Promise<void> {
    const dashboards = this.#importedDashboards();
    if (dashboards.length === 0) return;
    try {
      await this.#mendLinks(dashboards);
    } catch (error) {
      if (!(error instanceof SupersetError)) throw error;
      this.#failAll(
        dashboards.map(({ entry }) => entry),
        error,
      );
    }
  }

  async #mendLinks(dashboards: readonly ImportedDashboard[]): Promise<void> {
    const missing = await findMissingLinks(this.#client, dashboards);
    // With a chart that is not there the links stay arbitrary (superset-api 3.12): a second import mends nothing.
    const mendable = missing.filter(({ absent }) => absent.length === 0).map(({ entry }) => entry);
    if (mendable.length > 0) {
      const failure = await this.#post(mendable);
      if (failure === undefined) await this.#verify(mendable);
      else if (failure.code !== OUTCOME_UNKNOWN) this.#failAll(mendable, failure);
    }
    const rest = missing.length === 0 ? [] : await findMissingLinks(this.#client, this.#importedDashboards());
    for (const { entry, absent, unlinked } of rest)
      this.#fail(entry, this.#errors.linksMissing(entry, absent, unlinked));
  }

  async #post(entries: readonly ImportEntry[]): Promise<SupersetError | undefined> {
    const form = buildForm("bundle", await packBundle(entries), entries);
    // Without it every reference would have to be in the bundle (superset-api 3.11).
    form.set("sparse", "true");
    try {
      await this.#client.send("POST", "/api/v1/assets/import/", form, Answer);
      return undefined;
    } catch (error) {
      if (error instanceof SupersetError) return error;
      throw error;
    }
  }

  async #handleRefusal(group: readonly ImportEntry[], refusal: SupersetError): Promise<void> {
    if (!FILE_FAULTS.has(refusal.status ?? 0)) return this.#failAll(group, refusal);
    const wasExplained = this.#reasons !== undefined;
    this.#reasons ??= await explainRefusals(this.#client, group);
    const reasons = this.#reasons;
    const accepted = group.filter((entry) => !reasons.has(bundlePath(entry)));
    for (const entry of group) {
      const reason = reasons.get(bundlePath(entry));
      if (reason !== undefined) this.#fail(entry, this.#errors.invalid(entry, reason));
    }
    if (!wasExplained && accepted.length < group.length && !this.#together) {
      await this.importGroup(accepted);
    } else if (accepted.length > 1 && !this.#together) {
      await this.#split(accepted);
    } else {
      for (const entry of accepted) this.#fail(entry, await this.#findCause(entry, refusal));
    }
  }

  /** The order of the kinds is kept: what a later half refers to is in by then. */
  async #split(group: readonly ImportEntry[]): Promise<void> {
    const middle = Math.ceil(group.length / 2);
    const second = group.slice(middle);
    const isFirstIn = await this.importGroup(group.slice(0, middle));
    // The first half was not guilty, so the second one is: no need to hear that again.
    if (isFirstIn && second.length > 1) await this.#split(second);
    else await this.importGroup(second);
  }

  async #findCause(entry: ImportEntry, refusal: SupersetError): Promise<ProblemError> {
    const missing = await findMissingParents(this.#client, entry);
    if (missing.length > 0) return this.#errors.parentMissing(entry, missing);
    if (await this.#isOfOthers(entry)) return this.#errors.notOwner(entry);
    return this.#errors.refused(entry, refusal);
  }

  /** Superset lets nobody but its administrators overwrite what others own, and gives no reason (superset-api 1.12). */
  async #isOfOthers(entry: ImportEntry): Promise<boolean> {
    const before = this.#before.get(bundlePath(entry));
    if (before === undefined || entry.kind === "database") return false;
    const { id, isAdmin } = await readOwnAccount(this.#client);
    if (isAdmin) return false;
    const owners = (await readAccess(this.#client, before.kind, [before.uuid])).get(before.uuid)?.owners ?? [];
    return owners.every((owner) => owner.id !== id);
  }

  /** Nobody knows what happened: keeps what the server has, sends the rest once more, then gives up. */
  async #settle(group: readonly ImportEntry[], first: SupersetError): Promise<void> {
    let rest = group;
    let failure: SupersetError = first;
    try {
      rest = await this.#keepWritten(rest);
      if (rest.length === 0) return;
      const second = await this.#post(rest);
      if (second === undefined) return await this.#verify(rest);
      failure = second;
      rest = await this.#keepWritten(rest);
    } catch (error) {
      if (!(error instanceof SupersetError)) throw error;
      return this.failOpen(rest, failure, error);
    }
    if (failure.code === OUTCOME_UNKNOWN) this.failOpen(rest, failure, "it was sent twice and is not on the server");
    else if (rest.length > 0) await this.#handleRefusal(rest, failure);
  }

  /** @returns those that the server does not have in a newer state */
  async #keepWritten(group: readonly ImportEntry[]): Promise<ImportEntry[]> {
    const found = await this.#read(group);
    return group.filter((entry) => {
      const remote = found.get(bundlePath(entry));
      if (remote === undefined || !this.#hasChanged(entry, remote)) return true;
      this.#outcomes.set(bundlePath(entry), { entry, remote });
      return false;
    });
  }

  async #verify(group: readonly ImportEntry[]): Promise<void> {
    const found = await this.#read(group);
    for (const entry of group) {
      const remote = found.get(bundlePath(entry));
      if (remote === undefined) this.#fail(entry, this.#errors.notWritten(entry, false));
      else if (this.#hasChanged(entry, remote) || !hasFraction(remote)) {
        this.#outcomes.set(bundlePath(entry), { entry, remote });
      } else this.#fail(entry, this.#errors.notWritten(entry, true));
    }
  }

  /** Every import moves `changed_on`, an identical one too (superset-api 0.9). */
  #hasChanged(entry: ImportEntry, remote: RemoteAsset): boolean {
    const before = this.#before.get(bundlePath(entry));
    return before === undefined || before.id !== remote.id || before.changedOn !== remote.changedOn;
  }

  async #read(entries: readonly ImportEntry[]): Promise<Map<string, RemoteAsset>> {
    const found = await Promise.all(
      ASSET_KINDS.map(async (kind) => {
        const uuids = entries.flatMap((entry) => (entry.kind === kind ? [entry.uuid] : []));
        return [...(await readBack(this.#client, kind, uuids)).values()];
      }),
    );
    const byUuid = new Map(found.flat().map((remote) => [`${remote.kind}/${remote.uuid}`, remote]));
    return new Map(
      entries.flatMap((entry) => {
        const remote = byUuid.get(`${entry.kind}/${entry.uuid.toLowerCase()}`);
        return remote === undefined ? [] : [[bundlePath(entry), remote] as const];
      }),
    );
  }

  /** Takes out what needs an entry that has failed and was not on the server before. */
  #dropOrphans(group: readonly ImportEntry[]): ImportEntry[] {
    return group.filter((entry) => {
      const failed = readParents(entry)
        .map(({ kind, uuid }) => this.#outcomes.get(bundlePath({ kind, uuid })))
        .find((outcome) => outcome !== undefined && "error" in outcome && !this.#before.has(bundlePath(outcome.entry)));
      if (failed === undefined) return true;
      this.#fail(entry, this.#errors.parentFailed(entry, failed.entry));
      return false;
    });
  }

  #importedDashboards(): ImportedDashboard[] {
    return [...this.#outcomes.values()].flatMap((outcome) =>
      "remote" in outcome && outcome.entry.kind === "dashboard" ? [outcome] : [],
    );
  }

  #failAll(group: readonly ImportEntry[], cause: ProblemError): void {
    for (const entry of group) this.#fail(entry, this.#errors.failed(entry, cause));
  }

  #fail(entry: ImportEntry, error: ProblemError): void {
    this.#outcomes.set(bundlePath(entry), { entry, error });
  }
}

/** MySQL keeps whole seconds: two imports within one look alike there, so equality says nothing. */
function hasFraction(remote: RemoteAsset): boolean {
  return /\.\d*[1-9]/.test(remote.changedOn);
}
