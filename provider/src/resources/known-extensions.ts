import { extensionOutputsSchema } from "../hooks/extension-state";
import type { KnownExtension } from "../plan/extensions";
import { EXTENSION_TYPE } from "./extension-resource";
import type { StateResource } from "./stack-outputs";

/**
 * Finds which extensions this stack delivered last.
 *
 * @returns by id; empty for a new stack
 */
export function findKnownExtensions(resources: readonly StateResource[]): ReadonlyMap<string, KnownExtension> {
  const known = resources.flatMap(({ urn, type, outputs }): KnownExtension[] => {
    // A resource whose first delivery failed has no outputs yet: to the plan it is unknown.
    const { data } = extensionOutputsSchema.safeParse(outputs);
    if (type !== EXTENSION_TYPE || data === undefined) return [];
    const { extension, version, checksums, origin, place, restartRequired } = data;
    const facts = { urn, extension, version, checksums, origin, place, restartRequired };
    return [{ ...facts, isDrifted: data.drift !== undefined, isUnconfirmed: data.unconfirmed !== undefined }];
  });
  return new Map(known.map((extension) => [extension.extension, extension]));
}
