import type { Decision, Request, WantedEnvironment } from "./decision";
import type { EnvironmentFacts } from "./environment";
import { readFlags } from "./flags";
import type { ReadLabels } from "./labels";
import type { PullRequestFacts } from "./pull-request";
import type { ShowtimeSettings } from "./settings";
import { formatTimeToLive, limitTimeToLive, parseTimeToLive } from "./time-to-live";

/** What somebody may say with a request. It stays said until somebody says otherwise. */
export interface StartOptions {
  /** All 40 characters. Default: the newest commit. */
  readonly commit?: string | undefined;
  readonly timeToLive?: string | undefined;
  readonly size?: string | undefined;
  /** Whole reference of an image. */
  readonly image?: string | undefined;
  readonly assets?: boolean | undefined;
  /** Deploys also what is there already. */
  readonly force?: boolean | undefined;
  /** Who asks. Default: who set the label. */
  readonly requester?: string | undefined;
}

/** What it is made of. */
interface WishInput {
  readonly request: Request;
  readonly options: StartOptions;
  readonly pullRequest: PullRequestFacts;
  readonly labels: ReadLabels;
  readonly settings: ShowtimeSettings;
  readonly commit: string;
  readonly followsHead: boolean;
  /** What is there: what was said of it stays said. */
  readonly current: EnvironmentFacts | undefined;
}

/** What an environment is to be, or why nobody can have that. */
export type Wish =
  | { readonly kind: "wanted"; readonly wanted: WantedEnvironment; readonly notes: readonly string[] }
  | { readonly kind: "refused"; readonly refusal: Extract<Decision, { action: "refuse" }> };

/** Puts together what options, labels, the text, what is there and the settings say, in this order. */
export function toWanted(input: WishInput): Wish {
  const { request, options, pullRequest, labels, commit, followsHead, current } = input;
  const refusal = refuseOptions(input);
  if (refusal !== undefined) return { kind: "refused", refusal };
  const { flags, ignored } = readFlags(pullRequest.body, labels);
  const time = chooseTime(input);
  const size = chooseSize(input);
  const image = options.image ?? current?.image;
  const notes = [
    ...labels.invalid.map(({ label, why }) => `the label "${label}" ${why}`),
    ...ignored,
    ...time.notes,
    ...size.notes,
    ...(image !== undefined && options.image === undefined && current?.commit !== commit
      ? [`the image named earlier stays: ${image}`]
      : []),
    ...(request === "start" && commit !== pullRequest.head && labels.freeze.length === 0
      ? ["the next sync brings the newest commit: freeze to stay at this one"]
      : []),
  ];
  const wanted = {
    commit,
    flags,
    timeToLive: time.timeToLive,
    size: size.size,
    requester: chooseRequester(input),
    assets: options.assets ?? current?.assets ?? false,
    image,
    followsHead,
  };
  return { kind: "wanted", wanted, notes };
}

function refuseOptions({ options, settings }: WishInput): Extract<Decision, { action: "refuse" }> | undefined {
  const { timeToLive, size } = options;
  if (timeToLive !== undefined && parseTimeToLive(timeToLive) === undefined) {
    return {
      action: "refuse",
      code: "showtime/time-to-live",
      reason: `"${timeToLive}" is no time to live.`,
      remedy: "Write 24h, 48h, 72h, 1w or close.",
    };
  }
  if (size !== undefined && !Object.hasOwn(settings.sizes, size)) {
    const sizes = Object.keys(settings.sizes).join(", ");
    return {
      action: "refuse",
      code: "showtime/size",
      reason: `There is no size "${size}".`,
      remedy: `The settings have ${sizes}.`,
    };
  }
  return undefined;
}

/** Every source is cut to what the settings allow, `close` too: a pull request may stay open for ever. */
function chooseTime({ options, labels, current, settings }: WishInput) {
  const texts = [options.timeToLive, labels.timeToLive?.text, current?.timeToLive, settings.timeToLive];
  const [time = "close" as const] = texts.flatMap((text) => (text && parseTimeToLive(text)) || []);
  const limit = limitTimeToLive(time, parseTimeToLive(settings.maxAge) ?? "close");
  const timeToLive = formatTimeToLive(limit.time);
  const cut = `the time to live is cut from ${formatTimeToLive(time)} to ${timeToLive}, the longest that the settings allow`;
  return { timeToLive, notes: limit.isCut ? [cut] : [] };
}

function chooseSize({ options, current, settings }: WishInput) {
  const size = options.size ?? current?.size;
  if (size === undefined) return { size: settings.size, notes: [] };
  if (Object.hasOwn(settings.sizes, size)) return { size, notes: [] };
  return { size: settings.size, notes: [`the settings have no size ${size} any more: ${settings.size} is used`] };
}

/** Who asked for it: never who merely pushed. */
function chooseRequester({ request, options, pullRequest, labels, current }: WishInput): string {
  const setters = labels.start.flatMap((label) =>
    Object.hasOwn(pullRequest.labelledBy, label) ? (pullRequest.labelledBy[label] ?? []) : [],
  );
  const asked = request === "start" ? (options.requester ?? setters[0]) : undefined;
  return asked || current?.requester || "unknown";
}
