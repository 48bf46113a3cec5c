import type { AssetKind, Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { describeAsset, formatStrategy, type Strategy } from "../settings/strategy";
import { assetKey } from "./asset-key";
import type { KnownAsset } from "./decide";
import { nameOfUrn } from "./names";

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

/** What is deleted from the server, one text; undefined if that is nothing. The engine names resources, not objects. */
export function formatDeleted(vanished: readonly VanishedAsset[]): string | undefined {
  const deleted = vanished.filter(({ staysBecause }) => staysBecause === undefined);
  if (deleted.length === 0) return undefined;
  const lines = deleted.map(({ kind, known }) => `  ${describeAsset(kind, known.title)}`);
  return `In no file any more, and deleted from the server:\n${lines.join("\n")}`;
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
  const kept = vanished.filter(({ staysBecause, known: { urn } }) => {
    const name = nameOfUrn(urn);
    return staysBecause === undefined && [`${name}.yaml`, `${name}.yml`].some(isProtected);
  });
  if (kept.length === 0) return;
  throw new ProblemError({
    code: "delete/protected",
    summary: `superset:protect keeps what would be deleted, as its file is gone; nothing was written:\n${kept.map(({ kind, known }) => `  ${describeAsset(kind, known.title)}`).join("\n")}`,
    remedy: "Put the file back, or take it out of superset:protect.",
    place: { stack },
    exitCode: 3,
  });
}
