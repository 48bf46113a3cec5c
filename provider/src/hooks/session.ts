import { assetKey, documentKey } from "../assets/asset-key";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import type { ExportedContent } from "../assets/inherited";
import { Batcher } from "../core/batcher";
import { ProblemError } from "../core/errors";
import { connectionOf } from "../login/connection";
import { readSettings, SETTING_KEYS, SETTINGS_NAMESPACE } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { createStrategyLookup, type StrategyLookup } from "../settings/strategy";
import { flushCaches } from "../superset/change-object";
import { createSupersetClient, type SupersetClient } from "../superset/client";
import { fingerprintTarget } from "../superset/connection";
import { SupersetError } from "../superset/errors";
import { exportEach, exportFailed } from "../superset/export";
import { type ImportEntry, type ImportOutcome, importEntries } from "../superset/importer";
import { type Inventory, loadInventory, type RemoteAsset } from "../superset/inventory";
import { readBack } from "../superset/lookup";
import type { Applied } from "./asset-state";
import { type DeleteOutcome, deleteUnused } from "./delete-wave";
import type { EngineWatch } from "./engine-watch";

/** Wait so long for more hooks to join an import; the engine starts them within milliseconds of each other. */
const QUIET_MS = 20;

/** Bounds the memory of one import and the time until it answers. */
const MAX_IMPORT = 400;

/** What the program tells about a run before anything is done. */
export interface RunFacts {
  /** The objects that it declares, by kind and UUID: the delete of an old name must leave them alone. */
  readonly declared: ReadonlySet<string>;
  /** What is written again anyway, as `kind:id`, of what uses an object that is replaced. */
  readonly rewritten: ReadonlySet<string>;
  /** What this stack knew of objects that get another resource, by kind and UUID: the engine gives that no outputs. */
  readonly inherited: ReadonlyMap<string, Applied>;
  /** When the objects that are written were changed last, as the plan saw them, by kind and UUID on the target. */
  readonly bases: ReadonlyMap<string, string>;
}

/** Everything that the hooks of one process share: the settings, the connection, the inventory, the imports. */
export class Session {
  readonly settings: Settings;
  readonly client: SupersetClient;
  /** Fingerprint of the target that this process is configured for. */
  readonly target: string;
  readonly strategyOf: StrategyLookup;

  private readonly imports: Batcher<ImportEntry, ImportOutcome>;
  private readonly exports: Batcher<RemoteAsset, ExportedContent | ProblemError | undefined>;
  private readonly deletes: ReadonlyMap<AssetKind, Batcher<string, DeleteOutcome>>;
  private readonly inventories = new Map<"refresh" | "write", Promise<Inventory>>();
  private hasWritten = false;

  /**
   * @param raw the stack's settings, by key without the namespace
   * @param run what the program tells about this run
   * @param watch tells whether somebody is left to write for
   */
  constructor(
    raw: Readonly<Record<string, string>>,
    readonly run: RunFacts,
    private readonly watch: EngineWatch,
  ) {
    this.settings = readSettings(raw);
    this.client = createSupersetClient(connectionOf(this.settings), {
      signal: this.watch.signal,
      mayWrite: () => {
        this.watch.assertAlive();
        this.hasWritten = true;
      },
    });
    this.target = fingerprintTarget(this.settings.url);
    this.strategyOf = createStrategyLookup(this.settings.strategy);
    this.imports = new Batcher({ run: (entries) => this.importNow(entries), quietMs: QUIET_MS, maxItems: MAX_IMPORT });
    this.exports = new Batcher({
      run: (remotes) => this.exportNow(remotes),
      quietMs: QUIET_MS,
      maxItems: Number.POSITIVE_INFINITY,
    });
    this.deletes = new Map(
      ASSET_KINDS.map((kind) => {
        const run = (uuids: readonly string[]) => deleteUnused(this.client, kind, uuids);
        return [kind, new Batcher({ run, quietMs: QUIET_MS, maxItems: Number.POSITIVE_INFINITY })];
      }),
    );
    // Nobody is left to answer to: the open request ends with the process.
    this.watch.start(() => process.exit(1));
  }

  /** What is on the target, read once, right before the first write, and kept up to date with what this process writes. */
  inventory(): Promise<Inventory> {
    return this.readOnce("write");
  }

  /** What is on the target, for a refresh: in `pulumi up --refresh` that is read before the program makes its plan. */
  inventoryOfRefresh(): Promise<Inventory> {
    return this.readOnce("refresh");
  }

  /** @throws ProblemError `engine/gone` where nobody is left to write for */
  assertAlive(): void {
    this.watch.assertAlive();
  }

  /** Writes one asset, together with all that other hooks write at this moment. */
  async write(entry: ImportEntry): Promise<ImportOutcome> {
    return this.imports.add(entry);
  }

  /** Reads the content of an asset as the target has it, together with all that other hooks read at this moment. */
  async export(remote: RemoteAsset): Promise<ExportedContent | undefined> {
    const content = await this.exports.add(remote);
    if (content instanceof ProblemError) throw content;
    return content;
  }

  /** Deletes an object that nothing uses, together with all of its kind that other hooks delete at this moment. */
  async delete(kind: AssetKind, uuid: string): Promise<DeleteOutcome> {
    const batcher = this.deletes.get(kind);
    if (batcher === undefined) throw new Error(`bug: no kind ${kind}`);
    const outcome = await batcher.add(uuid);
    if (outcome === "deleted") (await this.inventory()).forget({ kind, uuid });
    return outcome;
  }

  private readOnce(use: "refresh" | "write"): Promise<Inventory> {
    const known = this.inventories.get(use);
    if (known !== undefined) return known;
    const reading = loadInventory(this.client).catch((error: unknown) => {
      this.inventories.delete(use);
      throw error;
    });
    this.inventories.set(use, reading);
    return reading;
  }

  /** What the server fails to export stops its own hook alone. */
  private async exportNow(remotes: readonly RemoteAsset[]): Promise<(ExportedContent | ProblemError | undefined)[]> {
    const { contents, failures } = await exportEach(this.client, remotes);
    const failed = new Map(failures.map((failure) => [failure.remote, exportFailed([failure])]));
    return remotes.map((remote) => failed.get(remote) ?? contents.get(remote));
  }

  private async importNow(entries: readonly ImportEntry[]): Promise<ImportOutcome[]> {
    const inventory = await this.inventory();
    const before = await this.readBefore(entries, inventory);
    const outcomes = await importEntries(this.client, [...entries], {
      before: (kind, uuid) => before.get(documentKey(kind, uuid)),
    });
    const written = outcomes.flatMap((outcome) => ("remote" in outcome ? [outcome.remote] : []));
    for (const remote of written) inventory.remember(remote);
    if (this.settings.flushCaches) await this.flushNow(written.filter(({ kind }) => kind === "dataset"));
    return outcomes;
  }

  /**
   * What an import finds, by kind and UUID. Whoever writes a dataset may move `changed_on` of its charts, which must not
   * look like the import whose answer was lost: after the first write it is read anew.
   */
  private async readBefore(
    entries: readonly ImportEntry[],
    inventory: Inventory,
  ): Promise<ReadonlyMap<string, RemoteAsset>> {
    const known = entries.flatMap(({ kind, uuid }) => inventory.byUuid(kind, uuid) ?? []);
    const now = this.hasWritten ? await this.readNow(known) : [];
    return new Map([...known, ...now].map((remote) => [assetKey(remote.kind, remote.uuid), remote]));
  }

  private async readNow(remotes: readonly RemoteAsset[]): Promise<RemoteAsset[]> {
    const found = await Promise.all(
      ASSET_KINDS.map((kind) => {
        const ofKind = remotes.filter((remote) => remote.kind === kind);
        return readBack(
          this.client,
          kind,
          ofKind.map(({ uuid }) => uuid),
        );
      }),
    );
    return found.flatMap((byUuid) => [...byUuid.values()]);
  }

  /** The datasets are written by now: an account that may not flush is told so, and nothing else is lost. */
  private async flushNow(datasets: readonly RemoteAsset[]): Promise<void> {
    try {
      await flushCaches(this.client, datasets);
    } catch (error) {
      if (!(error instanceof SupersetError)) throw error;
      console.warn(
        `The server's cached results of ${datasets.length} datasets were not dropped: ${error.summary} To do: set superset:flushCaches to false, or grant the account "can invalidate on CacheRestApi".`,
      );
    }
  }
}

/** The part of Pulumi's configure request that is used. */
export interface HookConfig {
  get(key: string): string | undefined;
}

/** Reads the stack's settings out of the engine's configuration. */
export function rawSettings(config: HookConfig): Record<string, string> {
  const entries = SETTING_KEYS.map((key) => [key, config.get(`${SETTINGS_NAMESPACE}:${key}`)] as const);
  return Object.fromEntries(entries.filter((entry): entry is readonly [string, string] => entry[1] !== undefined));
}
