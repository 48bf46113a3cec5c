import { isDeepStrictEqual } from "node:util";
import type { EnvironmentArguments } from "../showtime/environment";
import { shortCommit } from "../showtime/names";

/** What differs between two declarations of an environment. */
export interface EnvironmentChanges {
  /** What needs another environment: `commit abc1234 -> def4567`. */
  readonly replaced: readonly string[];
  /** What is changed in place: `feature flags`. */
  readonly changed: readonly string[];
}

type Part = (args: EnvironmentArguments) => unknown;

/** Another one of these is another environment. */
const IDENTITY: Readonly<Record<string, Part>> = {
  "pull request": ({ pullRequest }) => pullRequest,
  project: ({ settings }) => settings.project,
  region: ({ settings }) => settings.region,
  cluster: ({ settings }) => settings.cluster,
  subnets: ({ settings }) => [...settings.subnets].sort(),
  "security groups": ({ settings }) => [...settings.securityGroups].sort(),
};

/** These change in place. What the settings say beside them (deadlines, limits) changes nothing on AWS. */
const CONTENT: Readonly<Record<string, Part>> = {
  "feature flags": ({ flags }) => flags,
  "time to live": ({ timeToLive }) => timeToLive,
  size: ({ size, settings }) => [size, settings.sizes[size]],
  image: ({ image, settings }) => [image, settings.imageRepository],
  requester: ({ requester }) => requester,
  assets: ({ assets }) => assets,
  "another round": ({ round }) => round,
  variables: ({ settings }) => settings.variables,
  login: ({ settings }) => settings.login,
  port: ({ settings }) => settings.port,
  "health path": ({ settings }) => settings.healthPath,
  roles: ({ settings }) => [settings.executionRole, settings.taskRole],
  "log group": ({ settings }) => settings.logGroup,
  "public address": ({ settings }) => settings.publicAddress,
  address: ({ settings }) => settings.address,
  tags: ({ settings }) => settings.tags,
};

/** Compares two declarations. The generation is no difference: it is only what a new environment would get. */
export function compareArguments(before: EnvironmentArguments, after: EnvironmentArguments): EnvironmentChanges {
  const differ = (parts: Readonly<Record<string, Part>>) =>
    Object.entries(parts).flatMap(([name, part]) => (isDeepStrictEqual(part(before), part(after)) ? [] : [name]));
  const commits =
    before.commit === after.commit ? [] : [`commit ${shortCommit(before.commit)} -> ${shortCommit(after.commit)}`];
  return { replaced: [...commits, ...differ(IDENTITY)], changed: differ(CONTENT) };
}

/** What `up` does, as the preview shows it; undefined where it does nothing. */
export function describeAction(
  { replaced, changed }: EnvironmentChanges,
  drift: readonly string[],
): string | undefined {
  if (replaced.length > 0) return `replace: ${replaced.join(", ")}`;
  const reasons = [...changed, ...drift];
  return reasons.length === 0 ? undefined : `update: ${reasons.join(", ")}`;
}
