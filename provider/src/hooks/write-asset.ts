import { fromCanonicalText } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { digestLinks } from "../identity/links";
import { isWrite, parseAction } from "../plan/decide";
import { describeAsset } from "../settings/strategy";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import type { AssetInputs, AssetOutputs } from "./asset-state";
import { pageOf, prepareEntry } from "./kinds";
import type { Session } from "./session";

/**
 * Does what the program decided about an asset, and answers what the server then has. A decision that writes nothing
 * only takes the object into the state.
 *
 * @param before what the state had, for an update
 * @throws ProblemError `plan/changed` if the target moved since the decision; the importer's own errors
 */
export async function applyAsset(inputs: AssetInputs, session: Session, before?: AssetOutputs): Promise<AssetOutputs> {
  assertSameTarget(inputs.target, session);
  const definition = definitionOf(inputs);
  const inventory = await session.inventory();
  const isToBeMade = parseAction(inputs.action) === "create";
  if (!isToBeMade) await confirmAbsences(session.client, inventory, [inputs]);
  const present = findPresent(inputs, definition, inventory);
  assertStillTrue(inputs, definition, isToBeMade, present);
  const isWritten = isWrite(parseAction(inputs.action) ?? "keep");
  const remote = isWritten || present === undefined ? await writeNow(inputs, definition, session) : present;
  const links = digestLinks(definition.references, (kind, uuid) => inventory.byUuid(kind, uuid)?.id);
  const written = {
    origin: originOf(inputs, before),
    checksum: definition.digest,
    links: links ?? "?",
    managed: inputs.managed,
    ...(inputs.externalUrl !== undefined && { externalUrl: inputs.externalUrl }),
  };
  return {
    ...(isWritten ? written : (inputs.inherited ?? written)),
    kind: inputs.kind,
    uuid: inputs.uuid,
    title: definition.title,
    supersetId: remote.id,
    url: pageOf(remote, session.settings.url),
    target: session.target,
    done: inputs.action ?? "",
  };
}

function definitionOf({ kind, yaml, path }: AssetInputs): Definition {
  return defineFromDocument(kind, fromCanonicalText(yaml), { path, name: path });
}

async function writeNow(inputs: AssetInputs, definition: Definition, session: Session): Promise<RemoteAsset> {
  const outcome = await session.write(await prepareEntry(inputs, definition, session));
  if ("error" in outcome) throw outcome.error;
  return outcome.remote;
}

/** A resource belongs to the server it was applied to; another server's object of the same UUID is not it. */
function assertSameTarget(target: string, session: Session): void {
  if (target === session.target) return;
  throw new ProblemError({
    code: "target/other-server",
    summary: `This resource was applied to another server than ${session.settings.url}; nothing was written.`,
    remedy:
      "Run `pulumi up` first, so that the state follows the new address; pass --run-program to refresh and destroy.",
  });
}

function findPresent(inputs: AssetInputs, definition: Definition, inventory: Inventory): RemoteAsset | undefined {
  if (inputs.kind === "database") return inventory.databaseByName(inputs.database ?? definition.title);
  return inventory.byUuid(inputs.kind, inputs.uuid);
}

/** What was absent when the plan was made must still be absent, and the other way round. */
function assertStillTrue(
  inputs: AssetInputs,
  definition: Definition,
  isToBeMade: boolean,
  present: RemoteAsset | undefined,
): void {
  if (isToBeMade === (present === undefined)) return;
  throw new ProblemError({
    code: "plan/changed",
    summary: `${describeAsset(inputs.kind, definition.title)} ${present ? "appeared on" : "vanished from"} the target since the plan was made; nothing was written.`,
    remedy: "Run `pulumi preview` and `pulumi up` again.",
    place: { file: inputs.path },
  });
}

/** What another server had says nothing about this one. */
function originOf(inputs: AssetInputs, before: AssetOutputs | undefined): AssetOutputs["origin"] {
  if (parseAction(inputs.action) === "create") return "created";
  const known = before?.target === inputs.target ? before : inputs.inherited;
  return known?.origin ?? "adopted";
}
