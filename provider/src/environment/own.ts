import { createHash } from "node:crypto";
import { type EnvironmentKey, nameService } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { MANAGED_BY, TAGS, type TagMap } from "../showtime/tags";

/** Tells the generation of what belongs to an environment, beside its service. */
const GENERATION = TAGS.generation;

/** What is known of something by its tags: enough to tell whose it is. */
export interface OwnTags {
  readonly pullRequest: number;
  /** All 40 characters; undefined for what belongs to a pull request as a whole. */
  readonly commit: string | undefined;
  /** 0 where it does not say. */
  readonly generation: number;
}

/** The tags of everything of a pull request, or of one environment of it. */
export function toOwnTags(
  settings: Pick<ShowtimeSettings, "project" | "tags">,
  { pullRequest, commit, generation }: { pullRequest: number; commit?: string; generation?: number },
): TagMap {
  return {
    ...settings.tags,
    [TAGS.managedBy]: MANAGED_BY,
    [TAGS.project]: settings.project,
    [TAGS.pullRequest]: String(pullRequest),
    ...(commit !== undefined && { [TAGS.commit]: commit }),
    ...(generation !== undefined && { [GENERATION]: String(generation) }),
  };
}

/** Reads the tags of anything; undefined where they are not this project's: it must not be touched then. */
export function readOwnTags(
  tags: TagMap | undefined,
  settings: Pick<ShowtimeSettings, "project">,
): OwnTags | undefined {
  if (tags?.[TAGS.managedBy] !== MANAGED_BY || tags[TAGS.project] !== settings.project) return undefined;
  const pullRequest = Number(tags[TAGS.pullRequest]);
  if (!Number.isInteger(pullRequest) || pullRequest < 1) return undefined;
  return { pullRequest, commit: tags[TAGS.commit], generation: Number(tags[GENERATION] ?? 0) || 0 };
}

/** What the names of our target groups start with: the rest tells them apart. */
export const TARGET_GROUP_PREFIX = "showtime-";

/** Name of an environment's target group. It is unique in an account, and has at most 32 characters. */
export function nameTargetGroup({ project, cluster }: ShowtimeSettings, key: EnvironmentKey): string {
  const text = JSON.stringify([project, cluster, nameService(key)]);
  return `${TARGET_GROUP_PREFIX}${createHash("sha256").update(text).digest("hex").slice(0, 22)}`;
}

/** The name that people find a pull request's environment by, below the domain of the settings. */
export function nameHost(domain: string, pullRequest: number): string {
  return `pr-${pullRequest}.${domain}`;
}

/** The name of one environment alone: two of a pull request stand side by side while one replaces the other. */
export function nameOwnHost(domain: string, key: EnvironmentKey): string {
  return `${nameService(key)}.${domain}`;
}
