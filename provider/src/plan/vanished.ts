import { assetKey } from "../assets/asset-key";
import type { AssetKind } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { describeAsset, formatStrategy, type Strategy, type StrategyLookup } from "../settings/strategy";
import type { KnownAsset } from "./decide";
import { nameOfUrn } from "./names";
import type { PlannedAsset } from "./plan-assets";

/** An asset that the state has and no file any more. */
export interface VanishedAsset {
  readonly kind: AssetKind;
  readonly known: KnownAsset;
  /** Why it stays on the server; undefined if it is to be deleted. */
  readonly staysBecause?: string;
  /** Whether it keeps its resource: a later run, with the flag that is missing now, deletes it. */
  readonly isKept: boolean;
}

/** What {@link findVanished} depends on. */
export interface VanishedInput {
  /** What the state has, by {@link assetKey}. */
  readonly known: ReadonlyMap<string, KnownAsset>;
  readonly planned: readonly PlannedAsset[];
  readonly strategyOf: StrategyLookup;
  /** Fingerprint of the server that the stack has now. */
  readonly target: string;
  /**
   * Whether what was there before this stack stays in the state: forgotten, it would be an orphan to the next run, or the
   * engine would ask the hooks to delete it. Default: it is forgotten.
   */
  readonly keepsAdopted?: (kind: AssetKind, path: string) => boolean;
}

/** Finds what the state has and no definition takes on: of a renamed or renewed asset neither entry has vanished. */
export function findVanished({ known, planned, strategyOf, target, keepsAdopted }: VanishedInput): VanishedAsset[] {
  const kept = new Set(planned.flatMap((asset) => asset.known ?? []));
  const defined = new Set(planned.map(({ definition: { kind, uuid } }) => assetKey(kind, uuid)));
  const registered = planned.filter((asset) => asset.registered);
  const names = new Set(registered.map(({ definition: { kind, name } }) => assetKey(kind, name)));
  return [...known].flatMap(([key, asset]) => {
    if (defined.has(key) || kept.has(asset)) return [];
    const kind = key.slice(0, key.indexOf(":")) as AssetKind;
    const strategy = strategyOf(kind, asset.path);
    const staysBecause = findReasonToStay(asset, strategy, target);
    // Its name is another object's now: then the engine replaces the one by the other.
    const isRemembered =
      isOwned(asset, target) || (asset.target === target && keepsAdopted?.(kind, asset.path) === true);
    const isKept = staysBecause !== undefined && isRemembered && !names.has(assetKey(kind, nameOfUrn(asset.urn)));
    return [{ kind, known: asset, isKept, ...(staysBecause !== undefined && { staysBecause }) }];
  });
}

/** What is to be deleted. */
export function listDeleted(vanished: readonly VanishedAsset[]): VanishedAsset[] {
  return vanished.filter(({ staysBecause }) => staysBecause === undefined);
}

/** Whether this stack may ever delete an object: it made it, on the server that it has now. */
export function isOwned({ origin, target: ofAsset }: Pick<KnownAsset, "origin" | "target">, target: string): boolean {
  return origin === "created" && ofAsset === target;
}

/**
 * Why an asset without a file stays on the server: the same for the preview and for the hook that would delete it.
 *
 * @param target fingerprint of the server that the stack has now
 */
export function findReasonToStay(
  known: Pick<KnownAsset, "origin" | "target"> & Partial<Pick<KnownAsset, "isForgetful">>,
  strategy: Strategy,
  target: string,
): string | undefined {
  if (known.target !== target) return "it is on the server that this stack had before";
  if (known.origin === "adopted") return "it was there before this stack";
  if (!strategy.has("DELETE")) return `the strategy (${formatStrategy(strategy)}) has no DELETE`;
  if (known.isForgetful) return "an older version deployed it without DELETE; the next `pulumi up` deletes it";
  return undefined;
}

/** What stays on the server although no file states it any more, one text; undefined if that is nothing. */
export function formatStaying(vanished: readonly VanishedAsset[]): string | undefined {
  const staying = vanished.filter(({ staysBecause }) => staysBecause !== undefined);
  if (staying.length === 0) return undefined;
  const lines = staying.map(
    ({ kind, known, staysBecause, isKept }) =>
      `  ${describeAsset(kind, known.title)} stays on the server${isKept ? "" : ", forgotten by this stack"}: ${staysBecause}`,
  );
  return `No longer declared, and left on the server:\n${lines.join("\n")}`;
}

/** What is deleted from the server, one text; undefined if that is nothing. The engine names resources, not objects. */
export function formatDeleted(vanished: readonly VanishedAsset[]): string | undefined {
  const deleted = listDeleted(vanished);
  if (deleted.length === 0) return undefined;
  const lines = deleted.map(({ kind, known }) => `  ${describeAsset(kind, known.title)}`);
  return `No longer declared, and deleted from the server:\n${lines.join("\n")}`;
}

/** What this run does with an object of the server. */
export type Fate = "written" | "deleted" | "left";

/**
 * What still uses an asset that is to be deleted, apart from what this run itself writes or deletes: as the files state
 * it, that uses the asset no more.
 *
 * @param users what the server tells
 * @param fateOf what this run does with a user; undefined for what is not this stack's
 * @returns names for people
 */
export function findRemainingUsers<User extends { readonly name: string }>(
  users: readonly User[],
  fateOf: (user: User) => Fate | undefined,
): string[] {
  return users.flatMap((user) => {
    const fate = fateOf(user);
    if (fate === "written" || fate === "deleted") return [];
    return [fate === "left" ? `${user.name} (of this stack, but this run leaves it as it is)` : user.name];
  });
}

/**
 * @throws ProblemError `delete/protected` naming what `superset:protect` keeps, although its file is gone: the engine
 * knows of protection only what a program says of the resources that it still declares
 */
export function assertUnprotected(
  vanished: readonly VanishedAsset[],
  isProtected: (path: string) => boolean,
  stack: string,
): void {
  const kept = listDeleted(vanished).filter(({ known: { path } }) => isProtected(path));
  if (kept.length === 0) return;
  throw new ProblemError({
    code: "delete/protected",
    summary: `superset:protect keeps what would be deleted, as its file is gone; nothing was written:\n${kept.map(({ kind, known }) => `  ${describeAsset(kind, known.title)}`).join("\n")}`,
    remedy: "Put the file back, or take it out of superset:protect.",
    place: { stack },
    exitCode: 3,
  });
}

/**
 * @throws ProblemError `delete/everything` where a folder holds nothing: that is more likely a wrong path or glob than
 * the wish to delete all there is
 */
export function assertSomethingLeft(
  planned: readonly PlannedAsset[],
  vanished: readonly VanishedAsset[],
  stack: string,
): void {
  const deleted = listDeleted(vanished);
  if (planned.length > 0 || deleted.length === 0) return;
  throw new ProblemError({
    code: "delete/everything",
    summary: `A folder holds no asset, and ${deleted.length} that this stack made would be deleted; nothing was written.`,
    remedy: "Correct superset:assets, superset:include or superset:exclude. To delete everything: pulumi destroy",
    place: { stack },
    exitCode: 3,
  });
}
