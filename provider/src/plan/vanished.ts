import type { AssetKind, Definition } from "../assets/definition";
import { describeAsset, formatStrategy, type Strategy } from "../settings/strategy";
import type { KnownAsset } from "./decide";
import { assetKey } from "./plan-assets";

/** An asset that the state has and no file any more. */
export interface VanishedAsset {
  readonly kind: AssetKind;
  readonly known: KnownAsset;
  /** Why it stays on the server; undefined if it is to be deleted. */
  readonly staysBecause?: string;
}

/**
 * Finds what the state has and no definition takes on.
 *
 * @param known what the state has, by {@link assetKey}
 * @param kept what the plan takes on: of a renamed or renewed asset the state's entry, not the definition's
 */
export function findVanished(
  known: ReadonlyMap<string, KnownAsset>,
  kept: ReadonlySet<KnownAsset>,
  definitions: readonly Definition[],
  strategy: Strategy,
  target: string,
): VanishedAsset[] {
  const defined = new Set(definitions.map(({ kind, uuid }) => assetKey(kind, uuid)));
  return [...known].flatMap(([key, asset]) => {
    if (defined.has(key) || kept.has(asset)) return [];
    const kind = key.slice(0, key.indexOf(":")) as AssetKind;
    const staysBecause = findReasonToStay(asset, strategy, target);
    return [{ kind, known: asset, ...(staysBecause !== undefined && { staysBecause }) }];
  });
}

/**
 * Why an asset without a file stays on the server: the same for the preview and for the hook that would delete it.
 *
 * @param target fingerprint of the server that the stack has now
 */
export function findReasonToStay(
  known: Pick<KnownAsset, "origin" | "target"> & Partial<Pick<KnownAsset, "retained">>,
  strategy: Strategy,
  target: string,
): string | undefined {
  const { origin, retained } = known;
  if (known.target !== target) return "it is on the server that this stack had before";
  if (origin === "adopted") return "it was there before this stack";
  if (!strategy.has("DELETE")) return `the strategy (${formatStrategy(strategy)}) has no DELETE`;
  if (retained) {
    return "DELETE was not set yet when it was deployed last; to delete it, put its file back, run `pulumi up`, and then remove the file";
  }
  return undefined;
}

/** What stays on the server although no file states it any more, one text; undefined if that is nothing. */
export function formatStaying(vanished: readonly VanishedAsset[]): string | undefined {
  const staying = vanished.filter(({ staysBecause }) => staysBecause !== undefined);
  if (staying.length === 0) return undefined;
  const lines = staying.map(
    ({ kind, known, staysBecause }) => `  ${describeAsset(kind, known.title)} stays on the server: ${staysBecause}`,
  );
  return `In no file any more, and only forgotten by this stack:\n${lines.join("\n")}`;
}

/**
 * What still uses an asset that is to be deleted, apart from what this run itself writes or deletes.
 *
 * @param users names as `chart Sales`, as the server tells them
 * @param written definitions that this run writes: as the files state them, they use it no more
 */
export function findForeignUsers(
  users: readonly string[],
  written: readonly Definition[],
  vanished: readonly VanishedAsset[],
): string[] {
  const own = new Set([
    ...written.map(({ kind, title }) => `${kind} ${title}`),
    ...vanished
      .filter(({ staysBecause }) => staysBecause === undefined)
      .map(({ kind, known }) => `${kind} ${known.title}`),
  ]);
  return users.filter((user) => !own.has(user));
}
