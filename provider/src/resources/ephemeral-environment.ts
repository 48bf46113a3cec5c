import type { z } from "zod";
import { ENVIRONMENT_KIND } from "../hooks/environment-state";
import type { environmentArgumentsSchema } from "../showtime/environment";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type token of an environment. It is part of every URN: never change it. */
export const ENVIRONMENT_TYPE = "pulumi-nodejs:dynamic/superset:EphemeralEnvironment";

/** Arguments of {@link EphemeralEnvironment}: settings that have a default may be left out. */
export type EphemeralEnvironmentArgs = z.input<typeof environmentArgumentsSchema>;

/**
 * A Superset for one commit of a pull request: a service of ECS Fargate that is there when its health path answers.
 * Another commit replaces it: the new one is up before the old one goes. Anything else changes it in place.
 */
export class EphemeralEnvironment extends pulumi.CustomResource {
  /** Where this environment answers; {@link EnvironmentAddress} has the address that outlives it. */
  declare readonly url: pulumi.Output<string>;
  /** Of its task; another one after the task is replaced. */
  declare readonly ip: pulumi.Output<string>;
  /** Name of the ECS service: `pr-1234-abc123f`. */
  declare readonly service: pulumi.Output<string>;
  /** ARN of the revision that runs. */
  declare readonly taskDefinition: pulumi.Output<string>;
  /** When it was made: a moment in ISO 8601. An update keeps it. */
  declare readonly created: pulumi.Output<string>;
  /** A time, or `close`: with the pull request. */
  declare readonly expires: pulumi.Output<string>;
  /** What ECS said at the last `up` or refresh: `running`. */
  declare readonly status: pulumi.Output<string>;
  /** Grows with each environment of the pull request. */
  declare readonly generation: pulumi.Output<number>;

  constructor(name: string, args: pulumi.Inputs & EphemeralEnvironmentArgs, options?: pulumi.CustomResourceOptions) {
    const outputs = {
      url: undefined,
      ip: undefined,
      service: undefined,
      serviceArn: undefined,
      taskDefinition: undefined,
      created: undefined,
      expires: undefined,
      status: undefined,
    };
    super(ENVIRONMENT_TYPE, name, { __provider: HOOKS_DOOR, kind: ENVIRONMENT_KIND, ...args, ...outputs }, options);
  }
}
