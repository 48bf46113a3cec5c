import { v5 as uuidFromName } from "uuid";
import { defineFromDocument } from "../assets/define";
import type { AssetDocument, AssetKind, Definition } from "../assets/definition";
import { lintDeclared } from "../assets/lint";
import { ProblemError } from "../core/errors";
import { formatFinding } from "../plan/report";
import { describeAsset } from "../settings/strategy";

/** Namespace of the UUIDs that are derived from names. It decides identities: never change it. */
const UUID_NAMESPACE = "6f0f3f9e-5c53-5d0a-9a53-4d0a8ff2f3b1";

/** The UUID of an asset that a program declares without one: the same for the same kind and name, on every server. */
export function deriveUuid(kind: AssetKind, name: string): string {
  return uuidFromName(`${kind}/${name}`, UUID_NAMESPACE);
}

/** Something that a declared asset uses: another one, or one of a folder. */
export interface UsedAsset {
  readonly definition: Promise<Definition>;
}

/** The definition of something that a declaration uses. */
export type DefinitionOf = (used: UsedAsset) => Definition;

/** What the arguments of a resource amount to. */
export interface Declaration {
  readonly kind: AssetKind;
  /** The resource's name. */
  readonly name: string;
  readonly uuid: string;
  /** What it needs, each one as often as it is named. */
  readonly uses: readonly UsedAsset[];
  /** The content without identity; a key that is undefined is left out. */
  readonly document: (definitionOf: DefinitionOf) => Readonly<Record<string, unknown>>;
}

/**
 * The definition of a declared asset, as its file would give it.
 *
 * @throws ProblemError `assets/invalid` with all that is wrong: what a file may not hold, arguments may not hold either
 */
export async function defineDeclared({ kind, name, uuid, uses, document }: Declaration): Promise<Definition> {
  const used = new Map(
    await Promise.all(uses.map(async (asset) => [asset, await asset.definition] as [UsedAsset, Definition])),
  );
  const definitionOf: DefinitionOf = (asset) => {
    const definition = used.get(asset);
    if (definition === undefined) throw new Error(`${kind} ${name} uses something that it does not name.`);
    return definition;
  };
  const stated = withoutUndefined({ ...document(definitionOf), uuid, version: "1.0.0" });
  const definition = defineFromDocument(kind, stated, { path: name, name });
  assertSound(definition);
  return definition;
}

function assertSound({ kind, name, title, canonical, document }: Definition): void {
  const errors = lintDeclared({ kind, path: name, text: canonical, document });
  if (errors.length === 0) return;
  throw new ProblemError({
    code: "assets/invalid",
    summary: `${describeAsset(kind, title)} cannot be deployed as it is declared; nothing was written:\n${errors.map(formatFinding).join("\n")}`,
    remedy: "Correct its arguments.",
    exitCode: 3,
  });
}

/** Leaves out what is not given, so that the definition states only what the program says. */
function withoutUndefined(document: Readonly<Record<string, unknown>>): AssetDocument {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}
