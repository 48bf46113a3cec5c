import { z } from "zod";

/** What all that this tool makes on AWS is found again by, together with the project. */
export const MANAGED_BY = "pulumi-superset";

/**
 * The tags of an environment's service. They are the truth about it: labels are rebuilt from them. A value has at most
 * 256 characters, of letters, digits, blanks and `_.:/=+-@` (AWS).
 */
export const TAGS = {
  managedBy: "managed-by",
  project: "showtime:project",
  pullRequest: "showtime:pull-request",
  commit: "showtime:commit",
  generation: "showtime:generation",
  created: "showtime:created",
  expires: "showtime:expires",
  timeToLive: "showtime:time-to-live",
  requester: "showtime:requester",
  size: "showtime:size",
  flags: "showtime:flags",
  url: "showtime:url",
  assets: "showtime:assets",
  image: "showtime:image",
} as const;

/** One tag of AWS, the services' spellings of its parts apart. */
export type TagMap = Readonly<Record<string, string>>;

/** What the tags of an environment say. */
export interface EnvironmentTags {
  readonly project: string;
  readonly pullRequest: number;
  /** All 40 characters. */
  readonly commit: string;
  /** Grows with each environment that is made, or taken over, for a pull request: a delete acts on its own only. */
  readonly generation: number;
  readonly created: Date;
  /** Undefined: lives until the pull request is closed. */
  readonly expires: Date | undefined;
  /** As `24h`, `close`. */
  readonly timeToLive: string;
  /** The account on GitHub. */
  readonly requester: string;
  /** Name of a size of the settings. */
  readonly size: string;
  /** Digest of the feature flags. */
  readonly flags: string;
  /** Where people find it; undefined before it answered once. */
  readonly url: string | undefined;
  /** Whether the branch's assets belong into it. */
  readonly assets: boolean;
  /** Whole reference of an image that somebody named; undefined: that of the commit in the image repository. */
  readonly image?: string | undefined;
}

const commit = z.string().regex(/^[0-9a-f]{40}$/);
const moment = z.iso.datetime().transform((text) => new Date(text));

const tagsSchema = z.object({
  [TAGS.managedBy]: z.literal(MANAGED_BY),
  [TAGS.project]: z.string().min(1),
  [TAGS.pullRequest]: z.coerce.number().int().positive(),
  [TAGS.commit]: commit,
  [TAGS.generation]: z.coerce.number().int().nonnegative(),
  [TAGS.created]: moment,
  [TAGS.expires]: z.union([z.literal("close").transform(() => undefined), moment]),
  [TAGS.timeToLive]: z.string(),
  [TAGS.requester]: z.string(),
  [TAGS.size]: z.string(),
  [TAGS.flags]: z.string(),
  [TAGS.url]: z.string().optional(),
  [TAGS.assets]: z.enum(["yes", "no"]).default("no"),
  [TAGS.image]: z.string().optional(),
});

/** Reads the tags of a service; undefined where it is not ours. */
export function readTags(tags: TagMap): EnvironmentTags | undefined {
  const { data } = tagsSchema.safeParse(tags);
  if (data === undefined) return undefined;
  return {
    project: data[TAGS.project],
    pullRequest: data[TAGS.pullRequest],
    commit: data[TAGS.commit],
    generation: data[TAGS.generation],
    created: data[TAGS.created],
    expires: data[TAGS.expires],
    timeToLive: data[TAGS.timeToLive],
    requester: fromTagValue(data[TAGS.requester]),
    size: data[TAGS.size],
    flags: data[TAGS.flags],
    url: data[TAGS.url],
    assets: data[TAGS.assets] === "yes",
    image: data[TAGS.image],
  };
}

/** The tags that say so. */
export function toTags(tags: EnvironmentTags): TagMap {
  return {
    [TAGS.managedBy]: MANAGED_BY,
    [TAGS.project]: tags.project,
    [TAGS.pullRequest]: String(tags.pullRequest),
    [TAGS.commit]: tags.commit,
    [TAGS.generation]: String(tags.generation),
    [TAGS.created]: tags.created.toISOString(),
    [TAGS.expires]: tags.expires?.toISOString() ?? "close",
    [TAGS.timeToLive]: tags.timeToLive,
    [TAGS.requester]: toTagValue(tags.requester),
    [TAGS.size]: tags.size,
    [TAGS.flags]: tags.flags,
    ...(tags.url !== undefined && { [TAGS.url]: tags.url }),
    [TAGS.assets]: tags.assets ? "yes" : "no",
    ...(tags.image !== undefined && { [TAGS.image]: tags.image }),
  };
}

/** AWS refuses the brackets of `dependabot[bot]`, and with the tag the whole service. */
function toTagValue(text: string): string {
  return text.replace(/[^\p{L}\p{N} _.:/=+\-@]/gu, "_").slice(0, 256);
}

/** No account of a person ends so. */
function fromTagValue(text: string): string {
  return text.replace(/(?<=.)_bot_$/, "[bot]");
}
