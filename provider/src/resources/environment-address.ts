import { ADDRESS_KIND } from "../hooks/environment-state";
import type { EphemeralEnvironment, EphemeralEnvironmentArgs } from "./ephemeral-environment";
import { HOOKS_DOOR } from "./hooks-door";
import * as pulumi from "./pulumi";

/** Type token of an address. It is part of every URN: never change it. */
export const ADDRESS_TYPE = "pulumi-nodejs:dynamic/superset:EnvironmentAddress";

/** Arguments of {@link EnvironmentAddress}. */
export interface EnvironmentAddressArgs extends Pick<EphemeralEnvironmentArgs, "settings" | "pullRequest" | "commit"> {
  /** Where people are sent. */
  readonly environment: EphemeralEnvironment;
}

/**
 * Where people find the environment of a pull request: a host of a load balancer, a record of Route 53, or the address of
 * the task, as `settings.address` says. It is switched when its environment answers, and before the old one goes.
 */
export class EnvironmentAddress extends pulumi.CustomResource {
  /** Where people find the environment of the pull request. */
  declare readonly url: pulumi.Output<string>;

  constructor(name: string, { environment, ...args }: EnvironmentAddressArgs, options?: pulumi.CustomResourceOptions) {
    const isBalanced = args.settings.address?.kind === "load-balancer";
    const inputs = {
      kind: ADDRESS_KIND,
      ...args,
      generation: environment.generation,
      // A balancer follows the tasks by itself; the preview would show an address that is not known yet as a change.
      ...(!isBalanced && { ip: environment.ip }),
    };
    const dependsOn = pulumi
      .output(options?.dependsOn ?? [])
      .apply((others) => [environment, ...(Array.isArray(others) ? others : [others])]);
    super(ADDRESS_TYPE, name, { __provider: HOOKS_DOOR, ...inputs, url: undefined }, { ...options, dependsOn });
  }
}
