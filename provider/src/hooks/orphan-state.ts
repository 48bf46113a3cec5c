import { z } from "zod";
import { ASSET_KINDS } from "../assets/definition";

/** Tells the hooks, which serve all kinds of resources, that a resource is the list of orphans. */
export const ORPHANS_KIND = "orphans";

/** What the resource of the orphans holds as inputs. */
export const orphansInputsSchema = z.object({
  kind: z.literal(ORPHANS_KIND),
  /** What is to be deleted; empty where nothing is. */
  orphans: z.array(z.object({ kind: z.enum(ASSET_KINDS), name: z.string(), uuid: z.string() })),
  /** What goes only later in this run, as `kind:id`, and so does not count as a user: never stored. */
  leaving: z.array(z.string()).optional(),
  /** Fingerprint of the target. */
  target: z.string(),
  /** The program's decision. */
  action: z.string(),
});

export type OrphansInputs = z.output<typeof orphansInputsSchema>;

/** What the state keeps. */
export interface OrphansOutputs {
  readonly kind: typeof ORPHANS_KIND;
  readonly target: string;
  /** What the last `up` that deleted something did. */
  readonly done: string;
}
