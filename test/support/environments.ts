import { setTimeout } from "node:timers/promises";
import { openAws } from "../../provider/src/aws/clients";
import { askOverHttp, type Surroundings } from "../../provider/src/environment/surroundings";
import { type EnvironmentArguments, environmentArgumentsSchema } from "../../provider/src/showtime/environment";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import type { AwsStandIn } from "./aws";
import { commitOf } from "./commits";

export { commitOf };

/** What the work on environments needs, on the AWS of the tests; it waits a tenth of what people wait. */
export function surroundingsIn(
  aws: AwsStandIn,
  settings: ShowtimeSettings,
  more: Partial<Surroundings> = {},
): Surroundings {
  Object.assign(process.env, aws.environment);
  return {
    aws: openAws(settings),
    settings,
    wait: async (milliseconds) => {
      await setTimeout(milliseconds / 10);
    },
    now: () => new Date(),
    ask: askOverHttp,
    readHead: () => Promise.reject(new Error("Nobody should ask GitHub.")),
    ...more,
  };
}

/** Arguments of an environment of pull request 7. */
export function argumentsOf(
  settings: ShowtimeSettings,
  more: Partial<EnvironmentArguments> = {},
): EnvironmentArguments {
  return environmentArgumentsSchema.parse({
    settings,
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
