import type { AssetDocument, AssetKind, Definition } from "../assets/definition";
import type { PlannedAsset } from "../plan/plan-assets";
import { AssetResource, type AssetResourceInputs, TYPE_TOKENS } from "./asset-resource";
import { type Declaration, defineDeclared, type UsedAsset } from "./declaration";
import { FolderAsset } from "./folder-asset";
import { toInputs } from "./planned-inputs";
import { Planner } from "./planner";
import { type PlannedPart, ProgramAssets } from "./program-assets";
import * as pulumi from "./pulumi";

/** Arguments that all assets have in common. */
export interface AssetArgs {
  /** Identity. Default: derived from the kind and the resource's name, so it stays as long as the name does. */
  readonly uuid?: string;
  /**
   * Further keys of Superset's export format, in its own spelling (`cache_timeout`, `certified_by`, …). They win over
   * the typed arguments.
   */
  readonly properties?: AssetDocument;
}

/** An asset that a program declares with arguments instead of a file. */
export class DeclaredAsset extends AssetResource implements UsedAsset {
  /** What the arguments amount to, once what it uses is known. */
  readonly definition: Promise<Definition>;

  protected constructor(declaration: Declaration, options: pulumi.CustomResourceOptions) {
    const { kind, name, uuid, uses } = declaration;
    const program = ProgramAssets.ofProgram();
    const identity = { kind, uuid: uuid.toLowerCase() };
    const added = program.add({
      source: "program",
      declares: [identity],
      define: async () => [await defineDeclared(declaration)],
    });
    super(
      kind,
      name,
      added.planned.then((planned) => prepareInputs(planned, name)),
      {
        // What becomes of the object of a resource that is deleted, the hooks decide by the strategy.
        ...options,
        dependsOn: joinDependencies(options.dependsOn, uses),
        aliases: [...(options.aliases ?? []), findAlias(added.planned, kind, name, options.parent)],
      },
    );
    this.definition = added.definitions.then(([definition]) => definition as Definition);
    this.definition.catch(() => undefined);
    program.remember(identity, this);
  }
}

function prepareInputs(part: PlannedPart, name: string): AssetResourceInputs {
  const plan = planOf(part, name);
  return toInputs(plan, part.successions.get(plan) ?? {}, part.all, Planner.ofProgram().target);
}

function planOf({ own: [plan] }: PlannedPart, name: string): PlannedAsset {
  if (plan === undefined) throw new Error(`bug: no plan for ${name}`);
  return plan;
}

/** The resource that the state has for the object: that of a file, or one in another place. Else its own URN, which is none. */
function findAlias(
  planned: Promise<PlannedPart>,
  kind: AssetKind,
  name: string,
  parent: pulumi.Resource | undefined,
): pulumi.Output<string> {
  const own = pulumi.createUrn(name, TYPE_TOKENS[kind], parent);
  return pulumi
    .all([own, planned.then((part) => part.successions.get(planOf(part, name))?.alias)])
    .apply(([urn, alias]) => alias ?? urn);
}

/** What is used is written first; what the strategy leaves out of a folder has no resource to wait for. */
function joinDependencies(
  stated: pulumi.CustomResourceOptions["dependsOn"],
  uses: readonly UsedAsset[],
): pulumi.Output<pulumi.Resource[]> {
  const used = [...new Set(uses)].map((asset) => {
    if (asset instanceof FolderAsset) return asset.resource;
    return asset instanceof AssetResource ? asset : undefined;
  });
  return pulumi
    .all([pulumi.output(stated ?? []), pulumi.output(Promise.all(used))])
    .apply(([own, resources]) => [
      ...[own].flat(),
      ...resources.filter((resource): resource is AssetResource => resource !== undefined),
    ]);
}
