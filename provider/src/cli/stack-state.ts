import { z } from "zod";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import { inputsSchema, outputsSchema } from "../hooks/asset-state";
import { unpackText } from "../hooks/packed-text";
import { type ruleContentSchema, ruleOutputsSchema } from "../hooks/rule-state";
import { nameOfUrn } from "../plan/names";
import { askPulumi } from "./pulumi-engine";

/** How a definition found its object on the server. */
export type MatchedBy = "settings" | "uuid" | "natural key" | "created";

/** What the state of a stack says of one asset. */
export interface StateAsset {
  readonly kind: AssetKind;
  /** Logical name of the resource. */
  readonly name: string;
  /** File inside the assets folder; of an asset that a program declares, its name. */
  readonly path: string;
  /** Of the definition, in lower case. */
  readonly uuid: string;
  /** Of the object on the server; absent in states of older versions, where it is the definition's. */
  readonly targetUuid?: string | undefined;
  readonly supersetId: number;
  readonly title: string;
  readonly url: string;
  /** Fingerprint of the server. */
  readonly target: string;
  /** Name of the server's database: of a database itself, or of the one that a dataset reads. */
  readonly database?: string | undefined;
  /** Canonical YAML: what was applied last or, after a refresh, what was on the server. */
  readonly yaml: string;
  /** Digest of the canonical YAML that was applied last. */
  readonly checksum: string;
  /** That YAML; absent in states of 0.1. */
  readonly applied?: string | undefined;
  readonly matched?: MatchedBy | undefined;
  /** ISO time. */
  readonly matchedAt?: string | undefined;
  /** The server's text after the last write. */
  readonly changedOn?: string | undefined;
  /** Columns and metrics that are on the server although the definition no longer has them. */
  readonly retained?: readonly string[] | undefined;
}

/** Type tokens of the assets (resources/asset-resource.ts), which would load the whole of Pulumi's library. */
const ASSET_TYPES: ReadonlySet<string> = new Set(
  ASSET_KINDS.map((kind) => `pulumi-nodejs:dynamic/superset:${kind.charAt(0).toUpperCase()}${kind.slice(1)}`),
);

const resourceSchema = z.object({
  urn: z.string(),
  type: z.string(),
  /** Replaced, and not yet removed. */
  delete: z.boolean().optional(),
  inputs: z.unknown().optional(),
  outputs: z.unknown().optional(),
});

const stateSchema = z.object({
  deployment: z.object({ resources: z.array(resourceSchema).optional() }),
});

/** A resource in what `pulumi stack export` prints. */
type StateResource = z.output<typeof resourceSchema>;

/** The resources in what `pulumi stack export` prints, without those that are replaced and about to go. */
export function listResources(exported: unknown): StateResource[] {
  return (stateSchema.parse(exported).deployment.resources ?? []).filter((resource) => !resource.delete);
}

const accessSchema = outputsSchema.pick({ kind: true, path: true, owners: true, roles: true });

/** Owners, roles and rules that a stack has applied. */
export interface StateAccess {
  readonly assets: readonly {
    readonly path: string;
    readonly owners?: readonly string[] | undefined;
    readonly roles?: readonly string[] | undefined;
  }[];
  readonly rules: readonly ({ readonly name: string } & z.output<typeof ruleContentSchema>)[];
}

/** What `access.yaml` declared when the stack was deployed last, out of what `pulumi stack export` prints. */
export function parseStateAccess(exported: unknown): StateAccess {
  const live = listResources(exported);
  const assets = live.flatMap(({ type, outputs: given }) => {
    const parsed = accessSchema.safeParse(given);
    if (!ASSET_TYPES.has(type) || !parsed.success || parsed.data.path === undefined) return [];
    const { path, owners, roles } = parsed.data;
    return owners === undefined && roles === undefined ? [] : [{ path, owners, roles }];
  });
  const rules = live.flatMap(({ outputs: given }) => {
    const parsed = ruleOutputsSchema.safeParse(given);
    return parsed.success && parsed.data.applied !== undefined
      ? [{ name: parsed.data.name, ...parsed.data.applied }]
      : [];
  });
  return { assets, rules };
}

const inputs = inputsSchema.pick({ kind: true, path: true, uuid: true, yaml: true, database: true });

const outputs = outputsSchema.pick({ title: true, supersetId: true, url: true, target: true, checksum: true }).extend({
  targetUuid: z.string().toLowerCase().optional(),
  matched: z.enum(["settings", "uuid", "natural key", "created"]).optional(),
  matchedAt: z.string().optional(),
  changedOn: z.string().optional(),
  retained: z.array(z.string()).optional(),
  __applied: z.string().optional(),
});

/**
 * Reads the assets in the state of a stack. Secrets stay encrypted; assets hold none.
 *
 * @throws ProblemError `engine/failed` where Pulumi cannot read it
 */
export async function readStackState(stack: string, cwd: string): Promise<StateAsset[]> {
  return parseState(await exportStack(stack, cwd));
}

/** The state of a stack as `pulumi stack export` prints it. */
export async function exportStack(stack: string, cwd: string): Promise<unknown> {
  return JSON.parse(await askPulumi(["stack", "export", "--stack", stack], cwd));
}

/** The assets in what `pulumi stack export` prints. */
export function parseState(exported: unknown): StateAsset[] {
  return listResources(exported)
    .filter(({ type }) => ASSET_TYPES.has(type))
    .flatMap(readAsset);
}

function readAsset(resource: StateResource): StateAsset[] {
  const applied = outputs.safeParse(resource.outputs);
  // A resource whose first write failed has no outputs yet.
  if (!applied.success) return [];
  const stated = inputs.parse(resource.inputs);
  const { __applied: packed, ...known } = applied.data;
  const text = packed === undefined ? {} : { applied: unpackText(packed) };
  return [{ ...stated, ...known, ...text, uuid: stated.uuid.toLowerCase(), name: nameOfUrn(resource.urn) }];
}
