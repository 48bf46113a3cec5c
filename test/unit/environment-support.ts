import type { EnvironmentArguments } from "../../provider/src/showtime/environment";
import { type ShowtimeSettings, showtimeSettingsSchema } from "../../provider/src/showtime/settings";
import { argumentsOf } from "../support/environments";

/** Arguments of an environment of pull request 7, without any AWS. */
export function environmentArguments(
  more: Partial<EnvironmentArguments> = {},
  settings: Partial<ShowtimeSettings> = {},
): EnvironmentArguments {
  const sound = {
    project: "circus",
    region: "eu-west-1",
    cluster: "circus",
    imageRepository: "circus",
    subnets: ["subnet-1", "subnet-2"],
    securityGroups: ["sg-1"],
    executionRole: "arn:aws:iam::1:role/execution",
    logGroup: "/circus",
    ...settings,
  };
  return argumentsOf(showtimeSettingsSchema.parse(sound), more);
}
