import * as pulumi from "@pulumi/pulumi";
import { v5 as uuidFromName } from "uuid";
import { defineFromDocument } from "../assets/define";
import type { AssetDocument, AssetKind, Definition } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { lintDeclared } from "../assets/lint";
import { ProblemError } from "../core/errors";
import { assetKey } from "../plan/asset-key";
import type { PlannedAsset } from "../plan/plan-assets";
import { formatFinding } from "../plan/report";
import { describeAsset } from "../settings/strategy";
import { AssetResource, type AssetResourceInputs } from "./asset-resource";
import { recordPlan } from "./plan-record";
import { Planner } from "./planner";
import { toRunError } from "./run-error";

/** Namespace of the UUIDs that are derived from names. It decides identities: never change it. */
const UUID_NAMESPACE = "6f0f3f9e-5c53-5d0a-9a53-4d0a8ff2f3b1";

/** The UUID of an asset that a program declares without one: the same for the same kind and name, on every server. */
export function deriveUuid(kind: AssetKind, name: string): string {
  return uuidFromName(`${kind}/${name}`, UUID_NAMESPACE);
}

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
export class DeclaredAsset extends AssetResource {
  /** What the arguments amount to. */
  readonly definition: Definition;

  protected constructor(
    kind: AssetKind,
    name: string,
    document: AssetDocument,
    uses: readonly (DeclaredAsset | undefined)[],
    options: pulumi.CustomResourceOptions,
  ) {
    const definition = defineFromDocument(kind, { ...document, version: "1.0.0" }, { path: name, name });
    assertSound(definition);
    const closure = collectDefinitions(definition, uses);
    super(kind, name, planDeclared(closure, definition), {
      // Without DELETE Pulumi only forgets the resource; the object stays on the server.
      retainOnDelete: !Planner.ofProgram().settings.strategy.includes("DELETE"),
      ...options,
      dependsOn: pulumi.output(options.dependsOn ?? []).apply((own) => [...[own].flat(), ...uses.filter(isResource)]),
    });
    this.definition = definition;
    closures.set(this, closure);
  }
}

function assertSound({ kind, name, title, canonical, document }: Definition): void {
  const errors = lintDeclared({ kind, path: name, text: canonical, document });
  if (errors.length === 0) return;
  const problem = new ProblemError({
    code: "assets/invalid",
    summary: `${describeAsset(kind, title)} cannot be deployed as it is declared; nothing was written:\n${errors.map(formatFinding).join("\n")}`,
    remedy: "Correct its arguments.",
  });
  throw toRunError(problem);
}

/** What each declared asset needs to be planned: itself and all that it uses. */
const closures = new WeakMap<DeclaredAsset, readonly Definition[]>();

function collectDefinitions(definition: Definition, uses: readonly (DeclaredAsset | undefined)[]): Definition[] {
  const used = uses.filter(isResource).flatMap((resource) => closures.get(resource) ?? []);
  return orderByDependency([
    ...new Map([...used, definition].map((entry) => [assetKey(entry.kind, entry.uuid), entry])).values(),
  ]);
}

async function planDeclared(closure: readonly Definition[], definition: Definition): Promise<AssetResourceInputs> {
  const planner = Planner.ofProgram();
  const isThis = ({ definition: { kind, uuid } }: PlannedAsset) => kind === definition.kind && uuid === definition.uuid;
  const plan = (await planner.plan(closure)).find(isThis);
  if (plan === undefined) throw new Error(`No plan for ${definition.kind} ${definition.name}.`);
  recordPlan([plan]);
  return { definition: plan.definition, plan, target: planner.target };
}

function isResource(candidate: DeclaredAsset | undefined): candidate is DeclaredAsset {
  return candidate !== undefined;
}

/** Leaves out what is not given, so that the definition states only what the program says. */
export function withoutUndefined(document: Record<string, unknown>): AssetDocument {
  return Object.fromEntries(Object.entries(document).filter(([, value]) => value !== undefined));
}
