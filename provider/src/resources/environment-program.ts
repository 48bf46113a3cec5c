import { environmentArgumentsSchema } from "../showtime/environment";
import { EnvironmentAddress } from "./environment-address";
import { EphemeralEnvironment } from "./ephemeral-environment";
import * as pulumi from "./pulumi";

/** Where the stack of a pull request keeps its arguments: JSON, because Pulumi writes times in YAML anew. */
const CONFIG_NAMESPACE = "showtime";
const CONFIG_KEY = "environment";

/** Outputs of a pull request's stack. */
export type EnvironmentStackOutputs = Readonly<Record<string, pulumi.Output<string>>>;

/**
 * The program of a pull request's stack: the environment that the stack's configuration `showtime:environment` describes.
 * Without it nothing is declared, and `up` removes what there is.
 */
export function declareEnvironment(): EnvironmentStackOutputs {
  const text = new pulumi.Config(CONFIG_NAMESPACE).get(CONFIG_KEY);
  if (text === undefined || text === "") return {};
  const args = environmentArgumentsSchema.parse(JSON.parse(text));
  const environment = new EphemeralEnvironment("environment", args);
  const { settings, pullRequest, commit } = args;
  const { url } = new EnvironmentAddress("address", { settings, pullRequest, commit, environment });
  const { ip, service, taskDefinition, created, expires, status } = environment;
  return { url, ip, service, taskDefinition, created, expires, status };
}
