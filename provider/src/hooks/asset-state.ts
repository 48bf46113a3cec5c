import { z } from "zod";
import { ASSET_KINDS } from "../assets/definition";

/** What was applied last. */
const appliedSchema = z.object({
  origin: z.enum(["created", "adopted"]),
  checksum: z.string(),
  links: z.string(),
  managed: z.boolean(),
  externalUrl: z.string().optional(),
});

/** What a resource's inputs hold: small, because Pulumi stores them for every resource. */
export const inputsSchema = z.object({
  kind: z.enum(ASSET_KINDS),
  /** File, for messages. */
  path: z.string(),
  uuid: z.string(),
  /** Canonical YAML of the definition; `pulumi preview --diff` shows it path by path. */
  yaml: z.string(),
  managed: z.boolean(),
  externalUrl: z.string().optional(),
  /** Name of the target's database: of a database itself, or of the one that a dataset reads. */
  database: z.string().optional(),
  /** Fingerprint of the target. */
  target: z.string(),
  /** The program's decision and its reason; absent once it was done. */
  action: z.string().optional(),
  /** What another resource of this stack knew of the same object, which this one takes over from it. */
  inherited: appliedSchema.optional(),
  /** UUIDs of objects that other resources take over from this one: never deleted with it, never stored. */
  released: z.array(z.string()).optional(),
});

export type AssetInputs = z.output<typeof inputsSchema>;

/** What the state keeps of an asset that was applied. It never holds content or secrets. */
export const outputsSchema = appliedSchema.extend({
  kind: z.enum(ASSET_KINDS),
  uuid: z.string(),
  title: z.string(),
  supersetId: z.number(),
  url: z.string(),
  target: z.string(),
  /** What the last `up` that touched it did. */
  done: z.string(),
});

export type AssetOutputs = z.output<typeof outputsSchema>;
