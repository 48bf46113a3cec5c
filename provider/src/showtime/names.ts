/**
 * Names of what belongs to one environment. They are fixed by the document that describes the system: people and older
 * tools find environments by them.
 */

/** One environment: a pull request at a commit. */
export interface EnvironmentKey {
  readonly pullRequest: number;
  /** The whole commit, or its first seven characters. */
  readonly commit: string;
}

/** How many characters of a commit names and labels have. */
const SHORT = 7;

/** The commit as names and labels have it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, SHORT).toLowerCase();
}

/** Name of the ECS service: `pr-1234-abc123f`. */
export function nameService({ pullRequest, commit }: EnvironmentKey): string {
  return `pr-${pullRequest}-${shortCommit(commit)}`;
}

/** Tag of the image in the registry: `pr-1234-abc123f-ci`. */
export function nameImageTag(key: EnvironmentKey): string {
  return `${nameService(key)}-ci`;
}

/** The Pulumi stack of a pull request, and its environment on GitHub: `pr-1234`. */
export function nameStack(pullRequest: number): string {
  return `pr-${pullRequest}`;
}

/** The Pulumi project that the stacks of all pull requests of a repository are in. */
export function nameProject(project: string): string {
  return `${project}-showtime`;
}

/** A stack as the Pulumi CLI finds it from any folder, where the state is in a folder or a bucket. */
export function nameWholeStack(project: string, pullRequest: number): string {
  return `organization/${nameProject(project)}/${nameStack(pullRequest)}`;
}

/** Family of the task definitions of a pull request; one project's are apart from another's. */
export function nameFamily(project: string, pullRequest: number): string {
  return `${project}-pr-${pullRequest}`;
}

/** Name of the secret with the login data of an environment. */
export function nameSecret(project: string, key: EnvironmentKey): string {
  return `${project}/showtime/${nameService(key)}`;
}

/** What a service's name says. */
export interface ParsedService {
  readonly pullRequest: number;
  /** Seven characters; undefined for the oldest form `pr-1234-service`. */
  readonly commit: string | undefined;
  /** Whether it is a name of Superset Showtime's: `pr-1234-abc123f-service`, `pr-1234-service`. */
  readonly isLegacy: boolean;
}

const OURS = /^pr-([1-9]\d{0,9})-([0-9a-f]{7})$/;
const LEGACY = /^pr-([1-9]\d{0,9})(?:-([0-9a-f]{7}))?-service$/;

/** Reads a service's name; undefined for other people's (`pr-7-cafe-service`, `pr-2024-report-service`). */
export function parseService(name: string): ParsedService | undefined {
  const own = OURS.exec(name);
  if (own !== null) return { pullRequest: Number(own[1]), commit: own[2], isLegacy: false };
  const legacy = LEGACY.exec(name);
  return legacy === null ? undefined : { pullRequest: Number(legacy[1]), commit: legacy[2], isLegacy: true };
}

/** Reads an image's tag; undefined for other people's. */
export function parseImageTag(tag: string): { readonly pullRequest: number; readonly commit: string } | undefined {
  if (!tag.endsWith("-ci")) return undefined;
  const parsed = parseService(tag.slice(0, -"-ci".length));
  if (parsed === undefined || parsed.isLegacy || parsed.commit === undefined) return undefined;
  return { pullRequest: parsed.pullRequest, commit: parsed.commit };
}

/** Reads a stack's name; undefined for other stacks. */
export function parseStack(name: string): number | undefined {
  const number = /^pr-([1-9]\d{0,9})$/.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}
