import { z } from "zod";
import { showtimeSettingsSchema } from "./settings";

/** What an environment is doing, as labels and tables say it. */
export type EnvironmentStatus = "building" | "deploying" | "running" | "updating" | "failed" | "stopping" | "stopped";

/** What is known of one environment, out of AWS alone. */
export interface EnvironmentFacts {
  /** Name of the ECS service. */
  readonly service: string;
  readonly serviceArn: string;
  readonly pullRequest: number;
  /** All 40 characters; of a legacy service what its name has, or undefined. */
  readonly commit: string | undefined;
  /** A service of Superset Showtime: seen, never changed but by `cleanup` where the settings allow it. */
  readonly isLegacy: boolean;
  /** 0 for legacy services. */
  readonly generation: number;
  readonly status: EnvironmentStatus;
  /** Why it is not running, in the words of ECS. */
  readonly why?: string;
  readonly created: Date | undefined;
  /** Undefined: lives until the pull request is closed, or a legacy service that does not say. */
  readonly expires: Date | undefined;
  readonly timeToLive: string | undefined;
  readonly requester: string | undefined;
  readonly size: string | undefined;
  /** Digest of the feature flags (`digestFlags`). */
  readonly flags: string | undefined;
  readonly url: string | undefined;
  readonly taskDefinition: string | undefined;
  readonly assets: boolean;
  /** Whole reference of an image that somebody named; undefined: that of the commit in the image repository. */
  readonly image?: string | undefined;
}

/** What of an environment is left although its service is gone. */
export interface Leftover {
  readonly kind: "image" | "task definition" | "secret" | "log stream" | "target group" | "rule" | "record";
  /** As AWS knows it: ARN, or name. */
  readonly id: string;
  readonly pullRequest: number;
  /** Seven characters, where it says so. */
  readonly commit: string | undefined;
  /** When it was made, where AWS says so: what is young may belong to an environment that is just being made. */
  readonly created: Date | undefined;
}

/** Feature flags by their name without `FEATURE_`: `{ ALERTS: true }`. */
export type FeatureFlags = Readonly<Record<string, boolean>>;

/**
 * What the program of a pull request's stack declares: arguments of `EphemeralEnvironment`. It travels as JSON in the
 * configuration of the stack.
 */
export const environmentArgumentsSchema = z.strictObject({
  settings: showtimeSettingsSchema,
  pullRequest: z.int().positive(),
  /** All 40 characters. */
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  /** Whole reference of an image; default: that of the commit in the image repository of the settings. */
  image: z.string().min(1).optional(),
  requester: z.string().min(1),
  flags: z.record(z.string(), z.boolean()),
  /** As `24h`, `close`: within the limits of the settings already. */
  timeToLive: z.string(),
  /** Name of a size of the settings. */
  size: z.string(),
  assets: z.boolean(),
  /** Used where a new environment is made: one more than the greatest of the pull request. */
  generation: z.int().nonnegative(),
  /** What `start --force` counts up: another one rolls the service in place, with a new task of the same commit. */
  round: z.int().nonnegative().default(0),
  /** Whether the commit must still be the head of the pull request when the address is switched. */
  followsHead: z.boolean(),
});

/** Arguments of one environment. */
export type EnvironmentArguments = z.output<typeof environmentArgumentsSchema>;
