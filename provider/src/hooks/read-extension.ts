import { openTarget } from "../delivery/open-target";
import type { Delivered } from "../delivery/target";
import type { ExtensionOutputs } from "./extension-state";

/**
 * What the target has of an extension now.
 *
 * @returns undefined where it is gone; else what was delivered, with what differs from it
 */
export async function readExtension(before: ExtensionOutputs): Promise<ExtensionOutputs | undefined> {
  const found = await openTarget(before.place).read(before.extension);
  if (found === undefined || found.state === "missing") return undefined;
  const { drift: former, ...rest } = before;
  const drift = listDrift(before, found);
  return { ...rest, file: found.file, ...(drift.length > 0 && { drift }) };
}

function listDrift(before: ExtensionOutputs, { state, version, checksum, rolledBackFrom }: Delivered): string[] {
  if (state === "changed") return ["changed by hand on the target"];
  if (checksum !== before.checksum) {
    const how = rolledBackFrom === undefined ? "delivered by somebody else" : "rolled back";
    return [`${how}: version ${before.version} -> ${version}`];
  }
  return state === "foreign" ? ["put there by somebody else"] : [];
}
