import type { EnvironmentFacts } from "../../provider/src/showtime/environment";
import { digestFlags } from "../../provider/src/showtime/flags";
import { nameService } from "../../provider/src/showtime/names";
import type { PullRequestFacts } from "../../provider/src/showtime/pull-request";
import { type ShowtimeSettings, showtimeSettingsSchema } from "../../provider/src/showtime/settings";

export const HEAD = "def456a000000000000000000000000000000000";
export const OLD = "abc123f000000000000000000000000000000000";
export const OTHER = "0123456000000000000000000000000000000000";

export const NOW = new Date("2024-01-16T12:00:00Z");

export const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);

/** The settings that a file has to have. */
export const SOUND_SETTINGS = {
  project: "shop",
  region: "us-west-2",
  cluster: "previews",
  imageRepository: "previews",
  subnets: ["subnet-1"],
  securityGroups: ["sg-1"],
  executionRole: "arn:aws:iam::1:role/execution",
  logGroup: "/previews",
};

export function settings(overrides: Record<string, unknown> = {}): ShowtimeSettings {
  return showtimeSettingsSchema.parse({ ...SOUND_SETTINGS, ...overrides });
}

/** An environment of pull request 7 at {@link HEAD}: runs, without flags, for the default time. */
export function environment(overrides: Partial<EnvironmentFacts> = {}): EnvironmentFacts {
  const pullRequest = overrides.pullRequest ?? 7;
  const service = nameService({ pullRequest, commit: overrides.commit ?? HEAD });
  return {
    service,
    serviceArn: `arn:aws:ecs:us-west-2:1:service/previews/${service}`,
    pullRequest,
    commit: HEAD,
    isLegacy: false,
    generation: 1,
    status: "running",
    created: new Date("2024-01-15T14:30:00Z"),
    expires: new Date("2024-01-17T14:30:00Z"),
    timeToLive: "48h",
    requester: "maxime",
    size: "small",
    flags: digestFlags({}),
    url: "http://52.1.2.3:8080",
    taskDefinition: "arn:aws:ecs:us-west-2:1:task-definition/shop-pr-7:1",
    assets: false,
    ...overrides,
  };
}

/** A service of Superset Showtime, as `list` knows it. */
export function legacy(overrides: Partial<EnvironmentFacts> = {}): EnvironmentFacts {
  const pullRequest = overrides.pullRequest ?? 7;
  const base = environment({ ...overrides, pullRequest });
  return {
    ...base,
    commit: "abc123f",
    service: `pr-${pullRequest}-abc123f-service`,
    isLegacy: true,
    generation: 0,
    flags: undefined,
    size: undefined,
    timeToLive: undefined,
    ...overrides,
  };
}

export function pullRequest(overrides: Partial<PullRequestFacts> = {}): PullRequestFacts {
  return {
    number: 7,
    state: "open",
    head: HEAD,
    isFork: false,
    body: "",
    author: "author",
    labels: [],
    labelledBy: {},
    comment: undefined,
    deployments: [],
    ...overrides,
  };
}
