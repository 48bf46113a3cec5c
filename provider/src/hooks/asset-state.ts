import { z } from "zod";
import { ASSET_KINDS } from "../assets/definition";
import { MATCHES } from "../identity/mapping";

/** What was applied last. */
const appliedSchema = z.object({
  origin: z.enum(["created", "adopted"]),
  checksum: z.string(),
  links: z.string(),
  managed: z.boolean(),
  externalUrl: z.string().optional(),
  /** Names of columns and metrics that the definition no longer has and the object keeps. */
  retained: z.array(z.string()).optional(),
  /** Of a dataset: names of the columns that the definition had. */
  columns: z.array(z.string()).optional(),
  /** When the object was changed last after it was applied, in the server's words. */
  changedOn: z.string().optional(),
  /**
   * The canonical YAML that was applied, packed (`packed-text.ts`): a refresh gets outputs only, and puts what it finds
   * into the inputs. Pulumi does not show properties whose names begin like this.
   */
  __applied: z.string().optional(),
});

export type Applied = z.output<typeof appliedSchema>;

/** What a resource's inputs hold: small, because Pulumi stores them for every resource. */
export const inputsSchema = z.object({
  kind: z.enum(ASSET_KINDS),
  /** File, for messages. */
  path: z.string(),
  /** UUID of the definition. */
  uuid: z.string(),
  /** UUIDs of the target, by those of the files, of what it is and uses, where they differ. */
  uuids: z.record(z.string(), z.string()).optional(),
  /** How its object was found on the target, if not by its UUID. */
  match: z.enum(MATCHES).optional(),
  /** UUID that the object has now, where it is to get the definition's. */
  takesUuidOf: z.string().optional(),
  /** Canonical YAML of the definition; `pulumi preview --diff` shows it path by path. */
  yaml: z.string(),
  /** Owners by e-mail or user name; absent: left alone. */
  owners: z.array(z.string()).optional(),
  /** Roles that may see a dashboard; absent: left alone. */
  roles: z.array(z.string()).optional(),
  /** Of a dataset that is updated: names of the columns that the definition had when it was applied last. */
  appliedColumns: z.array(z.string()).optional(),
  /** Whether nothing of what the target has is to remain. */
  exact: z.boolean().optional(),
  /** Names of columns and metrics that the definition no longer has and the object keeps. */
  retained: z.array(z.string()).optional(),
  managed: z.boolean(),
  externalUrl: z.string().optional(),
  /** Name of the target's database: of a database itself, or of the one that a dataset reads. */
  database: z.string().optional(),
  /** Fingerprint of the target. */
  target: z.string(),
  /** The program's last decision that wrote or recorded something, with its reason. */
  action: z.string().optional(),
  /** What this stack knew of the same object, for a resource that is new to the engine: never stored. */
  inherited: appliedSchema.optional(),
  /** Set by a refresh that found the object changed: the lines that differ. {@link yaml} then is what the target has. */
  drift: z.array(z.string()).optional(),
  /** When the object that is written was changed last, as the plan saw it, in the server's words: never stored. */
  basis: z.string().optional(),
  /** What this run writes again itself, as `kind:id`, of what uses an object that is replaced: never stored. */
  rewritten: z.array(z.string()).optional(),
  /** UUIDs of objects that other resources take over from this one: never deleted with it, never stored. */
  released: z.array(z.string()).optional(),
});

export type AssetInputs = z.output<typeof inputsSchema>;

/** UUID of the object on the target. */
export function targetUuidOf({ uuid, uuids }: Pick<AssetInputs, "uuid" | "uuids">): string {
  return uuids?.[uuid] ?? uuid;
}

/** What the state keeps of an asset that was applied. It never holds secrets. */
export const outputsSchema = appliedSchema.extend({
  kind: z.enum(ASSET_KINDS),
  /** File when it was applied; absent in states of 0.1, like all that is optional here. */
  path: z.string().optional(),
  uuid: z.string(),
  /** UUID of the object, where it is another than the definition's. */
  targetUuid: z.string().optional(),
  title: z.string(),
  supersetId: z.number(),
  url: z.string(),
  target: z.string(),
  /** Name of the target's database: of a database itself, or of the one that a dataset reads. */
  database: z.string().optional(),
  /** UUIDs of the target, by those of the files, where they differ. */
  uuids: z.record(z.string(), z.string()).optional(),
  /** UUID that the file of a dataset has for its database. */
  databaseUuid: z.string().optional(),
  /** Owners and roles that are declared; absent: left alone. */
  owners: z.array(z.string()).optional(),
  roles: z.array(z.string()).optional(),
  /** The lines of the definition that differed at the last refresh, where somebody had changed the object. */
  drift: z.array(z.string()).optional(),
  /** How the object was found. */
  matched: z.enum([...MATCHES, "created"]).optional(),
  /** When it was found or made, ISO 8601. */
  matchedAt: z.string().optional(),
  /** What the last `up` that touched it did. */
  done: z.string(),
});

export type AssetOutputs = z.output<typeof outputsSchema>;
