import { plainLine } from "../../core/plain-text";
import type { Decision } from "../../showtime/decision";
import { nameImageTag } from "../../showtime/names";
import { look } from "./look";
import type { Asked, Parties } from "./parties";

/** Fargate runs what is built for this. */
const PLATFORM = "linux/amd64";

/** What the next steps of a workflow need to know. */
export interface Outlook {
  readonly action: Decision["action"];
  /** Whether an image has to be built first. */
  readonly build_needed: boolean;
  /** Whether `handle-trigger` has something to do. */
  readonly sync_needed: boolean;
  readonly reason: string;
  readonly pr_number: number;
  /** All 40 characters of the commit that the environment is to have. */
  readonly target_sha: string;
  readonly image_tag: string;
  readonly platform: string;
  readonly is_fork: boolean;
  readonly assets: boolean;
}

/** Reads and decides, as a sync does; nothing is written. A label of somebody who may not trigger builds nothing. */
export async function readOutlook(parties: Parties, number: number, asked: Asked): Promise<Outlook> {
  const { decision, labels, pullRequest } = await look(parties, number, asked);
  const { action, reason } = decision;
  const commit = decision.action === "deploy" ? decision.wanted.commit : pullRequest.head;
  const key = { pullRequest: number, commit };
  const triggers = [...labels.start, ...labels.stop, ...labels.sync];
  const isOwnImage = decision.action === "deploy" && decision.wanted.image === undefined;
  return {
    action,
    build_needed: isOwnImage && !(await parties.host.hasImage(key)),
    // A trigger that is done already, or refused, is answered and taken away; state labels may be wrong.
    sync_needed: action !== "none" || triggers.length > 0 || labels.state.length > 0,
    reason: plainLine(reason),
    pr_number: number,
    target_sha: commit,
    image_tag: nameImageTag(key),
    platform: PLATFORM,
    is_fork: pullRequest.isFork,
    assets: decision.action === "deploy" && decision.wanted.assets,
  };
}

/** Lines for GITHUB_OUTPUT: no value has a line end. */
export function toLines(outlook: Outlook): string {
  return Object.entries(outlook)
    .map(([name, value]) => `${name}=${value}\n`)
    .join("");
}
