import { z } from "zod";

/** Tells the hooks, which serve all kinds of resources, that a resource is an extension. */
export const EXTENSION_KIND = "extension";

const checksumsSchema = z.object({
  manifest: z.string(),
  frontend: z.string().optional(),
  backend: z.string().optional(),
  whole: z.string(),
});

/** What a program sends of a bundle. */
export const extensionInputsSchema = z.object({
  kind: z.literal(EXTENSION_KIND),
  /** `publisher.name`: identity on a target. */
  extension: z.string(),
  /** Path of the bundle as people know it, relative to the program. */
  bundle: z.string(),
  version: z.string(),
  /** SHA-256 of the content, the same for a folder and for what is packed of it. */
  checksum: z.string(),
  /** Where it goes. */
  place: z.string(),
  /** The program's decision and its reason. */
  action: z.string(),
  /** Set by a refresh that found it changed: what differs. */
  drift: z.array(z.string()).optional(),
});

export type ExtensionInputs = z.output<typeof extensionInputsSchema>;

/** What only the hooks of this run need, and no state holds: paths of this machine, and what the plan saw. */
export const extensionErrandSchema = z.object({
  source: z.object({ kind: z.enum(["supx", "folder"]), path: z.string() }),
  /** Base64, where the bundle is signed. */
  signature: z.string().optional(),
  /** How the target's records call this stack. */
  deliverer: z.string(),
  /** What the target had of it when it was planned. */
  basis: z.string(),
});

export type ExtensionErrand = z.output<typeof extensionErrandSchema>;

/** What the state keeps of an extension. */
export const extensionOutputsSchema = extensionInputsSchema.omit({ action: true }).extend({
  checksums: checksumsSchema,
  /** `created` by this stack, or `adopted`: it was there before, and is never removed. */
  origin: z.enum(["created", "adopted"]),
  /** Name of its file on the target. */
  file: z.string(),
  /** Whether Superset has to be started again, as far as this stack knows: its backend code changed. */
  restartRequired: z.boolean(),
  /** Why the server did not show it after it was delivered. */
  unconfirmed: z.string().optional(),
  /** What the last `up` that touched it did. */
  done: z.string(),
});

export type ExtensionOutputs = z.output<typeof extensionOutputsSchema>;
