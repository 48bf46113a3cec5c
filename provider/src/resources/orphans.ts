import { ORPHANS_KIND, type OrphansInputs } from "../hooks/orphan-state";
import type { RemoteAsset } from "../superset/inventory";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type token of the orphans. It is part of every URN: never change it. */
export const ORPHANS_TYPE = "pulumi-nodejs:dynamic/superset:Orphans";

/** What the server has and no file of a folder, and what is deleted therefore. Its logical name is the folder's own. */
export class Orphans extends pulumi.CustomResource {
  /** What the last `up` that deleted something did. */
  declare readonly done: pulumi.Output<string>;

  constructor(name: string, inputs: OrphansInputs, options: pulumi.CustomResourceOptions) {
    super(ORPHANS_TYPE, name, { __provider: HOOKS_DOOR, ...inputs, done: undefined }, options);
  }
}

/**
 * What the resource sends to its hooks.
 *
 * @param leaving what goes only later in the run, as `kind:id`
 * @param target fingerprint of the server
 */
export function toOrphansInputs(
  orphans: readonly RemoteAsset[],
  leaving: readonly string[],
  target: string,
): OrphansInputs {
  return {
    kind: ORPHANS_KIND,
    orphans: orphans.map(({ kind, title, uuid }) => ({ kind, name: title, uuid })),
    ...(orphans.length > 0 && leaving.length > 0 && { leaving: [...leaving] }),
    target,
    action: orphans.length === 0 ? "keep: every object is in a file" : `delete: ${orphans.length} in no file`,
  };
}
