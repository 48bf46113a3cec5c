import type { AssetKind, Definition } from "../assets/definition";
import { formatDecision, type KnownAsset } from "../plan/decide";
import { listRetained } from "../plan/merge-planned";
import type { PlannedAsset } from "../plan/plan-assets";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type tokens, as `pulumi.dynamic.Resource` would form them. They are part of every URN: never change them. */
export const TYPE_TOKENS: Readonly<Record<AssetKind, string>> = {
  database: "pulumi-nodejs:dynamic/superset:Database",
  dataset: "pulumi-nodejs:dynamic/superset:Dataset",
  chart: "pulumi-nodejs:dynamic/superset:Chart",
  dashboard: "pulumi-nodejs:dynamic/superset:Dashboard",
};

/** What a resource sends to its hooks. */
export interface AssetResourceInputs {
  readonly definition: Definition;
  readonly plan: PlannedAsset;
  readonly target: string;
  /** What the state has of the object: the engine tells it no resource that takes the object over from another one. */
  readonly inherited?: Pick<
    KnownAsset,
    "origin" | "checksum" | "links" | "managed" | "externalUrl" | "retained" | "columns" | "changedOn"
  > & { readonly __applied?: string };
  /** When the object that is written was changed last, as the plan saw it. */
  readonly basis?: string;
  /** What this run writes again itself, as `kind:id`, of what uses an object that is replaced. */
  readonly rewritten?: readonly string[];
  /** UUIDs of objects that other resources take over from this one. */
  readonly released?: readonly string[];
}

/** What the resource of an asset sends that no file states any more, and that stays as it is. */
export interface KeptResourceInputs {
  readonly kept: KnownAsset;
  readonly kind: AssetKind;
  /** Why it stays. */
  readonly reason: string;
  readonly target: string;
}

/** One asset on the target, as a Pulumi resource: common to databases, datasets, charts and dashboards. */
export class AssetResource extends pulumi.CustomResource {
  /** Identity of the asset, the same on every server. */
  declare readonly uuid: pulumi.Output<string>;
  /** Integer id on this server. Another server has another one. */
  declare readonly supersetId: pulumi.Output<number>;
  /** Address of its page on this server. */
  declare readonly url: pulumi.Output<string>;
  /** Digest of the definition as applied. */
  declare readonly checksum: pulumi.Output<string>;
  /** What the last `up` that touched it did, and why. */
  declare readonly done: pulumi.Output<string>;

  /**
   * @param kind kind of the asset
   * @param name logical name; it is in the state for ever
   * @param inputs the definition with its plan, or a promise of them
   */
  constructor(
    kind: AssetKind,
    name: string,
    inputs: AssetResourceInputs | Promise<AssetResourceInputs> | KeptResourceInputs,
    options: pulumi.CustomResourceOptions,
  ) {
    const properties = "kept" in inputs ? toKeptProperties(inputs) : toProperties(kind, inputs);
    super(TYPE_TOKENS[kind], name, { __provider: HOOKS_DOOR, ...properties, ...OUTPUTS }, options);
  }
}

/** Properties that only the hooks fill in. */
const OUTPUTS = { supersetId: undefined, url: undefined, checksum: undefined, done: undefined };

/** The hooks answer the inputs that the state has: of these only the identity and the decision count. */
function toKeptProperties({ kept, kind, reason, target }: KeptResourceInputs): pulumi.Inputs {
  const { path, uuid, targetUuid, managed } = kept;
  const uuids = targetUuid === undefined ? undefined : { [uuid]: targetUuid };
  const action = formatDecision({ action: "skip", reason });
  return { kind, path, uuid, uuids, yaml: "", managed, target, action };
}

/** An empty list would show as a change. */
function toNames(names: readonly string[]): string[] | undefined {
  return names.length === 0 ? undefined : [...names];
}

type InputsReader = <T>(read: (inputs: AssetResourceInputs) => T) => pulumi.Input<T>;

/** A property that is not set must be absent: the engine would show it as a change. */
function toProperties(kind: AssetKind, inputs: AssetResourceInputs | Promise<AssetResourceInputs>): pulumi.Inputs {
  const take: InputsReader = (read) => (inputs instanceof Promise ? inputs.then(read) : read(inputs));
  return {
    kind,
    path: take(({ definition }) => definition.path),
    uuid: take(({ definition }) => definition.uuid),
    uuids: take(({ plan }) => plan.uuids),
    match: take(({ plan: { object } }) => (object.match === "uuid" ? undefined : object.match)),
    takesUuidOf: take(({ plan }) => plan.takesUuidOf),
    exact: take(({ plan }) => plan.decision.exact),
    retained: take(({ plan }) => plan.merged && toNames(listRetained(plan.merged))),
    yaml: take(({ definition }) => definition.canonical),
    managed: take(({ plan }) => plan.managed),
    externalUrl: take(({ plan }) => plan.externalUrl),
    owners: take(({ plan }) => plan.access?.owners && [...plan.access.owners]),
    roles: take(({ plan }) => plan.access?.roles && [...plan.access.roles]),
    database: take(({ plan }) => plan.database),
    target: take(({ target }) => target),
    action: take(({ plan }) => formatDecision(plan.decision)),
    inherited: take((planned) => planned.inherited),
    appliedColumns: take(({ plan }) => (plan.merged === undefined ? undefined : plan.known?.columns)),
    basis: take((planned) => planned.basis),
    rewritten: take((planned) => planned.rewritten),
    released: take((planned) => planned.released),
  };
}
