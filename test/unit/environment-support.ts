import { type EnvironmentArguments, environmentArgumentsSchema } from "../../provider/src/showtime/environment";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { commitOf } from "../support/commits";

/** Arguments of an environment of pull request 7, without any AWS. */
export function environmentArguments(
  more: Partial<EnvironmentArguments> = {},
  settings: Partial<ShowtimeSettings> = {},
): EnvironmentArguments {
  return environmentArgumentsSchema.parse({
    settings: {
      project: "circus",
      region: "eu-west-1",
      cluster: "circus",
      imageRepository: "circus",
      subnets: ["subnet-1", "subnet-2"],
      securityGroups: ["sg-1"],
      executionRole: "arn:aws:iam::1:role/execution",
      logGroup: "/circus",
      ...settings,
    },
    pullRequest: 7,
    commit: commitOf("abc1234"),
    requester: "ada",
    flags: {},
    timeToLive: "48h",
    size: "small",
    assets: false,
    generation: 1,
    followsHead: false,
    ...more,
  });
}
