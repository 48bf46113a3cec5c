import { z } from "zod";
import { environmentArgumentsSchema } from "../showtime/environment";

/** Tells the hooks, which serve all kinds of resources, that a resource is an ephemeral environment. */
export const ENVIRONMENT_KIND = "ephemeral-environment";

/** The same of the stable name of a pull request's environment. */
export const ADDRESS_KIND = "environment-address";

/** Set by a refresh that found something changed on AWS: what differs. */
const drift = z.array(z.string()).optional();

/** What the resource of an environment holds as inputs. */
export const environmentInputsSchema = z.object(environmentArgumentsSchema.shape).extend({
  kind: z.literal(ENVIRONMENT_KIND),
  /** What `up` does and why, for the preview; written by `check`. */
  action: z.string().optional(),
  drift,
});

export type EnvironmentInputs = z.output<typeof environmentInputsSchema>;

/** What the state keeps of an environment: its inputs as they were carried out, and what AWS made of them. */
export const environmentOutputsSchema = environmentInputsSchema.extend({
  /** Of this environment alone; `EnvironmentAddress` has the one that people get. */
  url: z.string(),
  ip: z.string(),
  service: z.string(),
  serviceArn: z.string(),
  taskDefinition: z.string(),
  created: z.iso.datetime(),
  /** A time, or `close`. */
  expires: z.string(),
  status: z.string(),
});

export type EnvironmentOutputs = z.output<typeof environmentOutputsSchema>;

/** What the resource of an address holds as inputs. */
export const addressInputsSchema = z.object({
  kind: z.literal(ADDRESS_KIND),
  settings: environmentArgumentsSchema.shape.settings,
  pullRequest: environmentArgumentsSchema.shape.pullRequest,
  commit: environmentArgumentsSchema.shape.commit,
  /** Of the environment that people are sent to; another one means that it was made anew. */
  generation: z.number(),
  /** Where its task is. Absent behind a load balancer, which knows by itself, and unknown while a preview runs. */
  ip: z.string().optional(),
  /** What `up` does and why, for the preview; written by `check`. */
  action: z.string().optional(),
  drift,
});

export type AddressInputs = z.output<typeof addressInputsSchema>;

/** What the state keeps of an address. */
export const addressOutputsSchema = addressInputsSchema.extend({ url: z.string() });

export type AddressOutputs = z.output<typeof addressOutputsSchema>;
