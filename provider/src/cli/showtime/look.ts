import type { Decision, Request } from "../../showtime/decision";
import { decide, readRequest } from "../../showtime/desired-state";
import type { EnvironmentFacts } from "../../showtime/environment";
import { type ReadLabels, readLabels } from "../../showtime/labels";
import { shortCommit } from "../../showtime/names";
import type { PullRequestFacts } from "../../showtime/pull-request";
import type { StartOptions } from "../../showtime/wanted";
import type { Board } from "./board";
import { longAgo, readOthers } from "./claim";
import type { Asked, Parties } from "./parties";

/** What is there at a moment, and what is to happen. */
export interface Seen {
  readonly pullRequest: PullRequestFacts;
  readonly environments: readonly EnvironmentFacts[];
  readonly labels: ReadLabels;
  readonly request: Request;
  readonly decision: Decision;
  /** What people should know of it. */
  readonly notes: readonly string[];
  /** Whether it is left to another run, which does it. */
  readonly isOutdated: boolean;
  /** Whether another job is at work; looked for only where there is nothing to do. */
  readonly isBusy: boolean;
}

const PRETENDED = "AWS is pretended: nothing was changed there, and nothing runs; the next sync tells what does";

/**
 * Reads pull request and environments, and decides. Nothing is written.
 *
 * @param own id of our own deployment on GitHub
 */
export async function look(
  { host, board, settings, now }: Pick<Parties, "host" | "board" | "settings" | "now">,
  number: number,
  asked: Asked,
  own?: string,
): Promise<Seen> {
  const [pullRequest, listed] = await Promise.all([board.read(number), host.readEnvironments(number)]);
  const labels = readLabels(pullRequest.labels);
  const request = asked.request ?? readRequest(labels);
  const options = await resolveCommit(asked.options ?? {}, pullRequest, listed, board);
  const mayTrigger = asked.isCommand || (await isAllowed(board, pullRequest, labels[request], asked));
  const known = { request, options, pullRequest, mayTrigger, settings, isCommand: asked.isCommand };
  // Whatever is changed is looked at closely by the change itself.
  const isChanged = decide({ ...known, environments: listed }).action !== "none";
  const environments = isChanged ? listed : await host.seeDrift(listed);
  const input = { ...known, environments };
  const first = decide(input);
  const others =
    first.action === "none"
      ? await readOthers(pullRequest.deployments, own, board.hasRunEnded, longAgo(now(), settings))
      : undefined;
  const isBusy = others?.isBusy === true;
  // What a killed run left is not seen in its services: a lock, and what it was removing.
  const isInterrupted = !isBusy && others !== undefined && others.dead.length > 0;
  const decision = isInterrupted ? decide({ ...input, isInterrupted }) : first;
  const outdated = findOutdated(decision, environments, asked.built);
  const { notes = [] } = { notes: undefined, ...(outdated ?? decision) };
  return {
    ...{ pullRequest, environments, labels, request },
    decision: outdated ?? decision,
    notes: host.isPretended ? [PRETENDED, ...notes] : notes,
    ...{ isOutdated: outdated !== undefined, isBusy },
  };
}

/** The first characters of a commit are enough where it is known. */
async function resolveCommit(
  options: StartOptions,
  { head }: PullRequestFacts,
  environments: readonly EnvironmentFacts[],
  board: Board,
): Promise<StartOptions> {
  const { commit } = options;
  if (commit === undefined) return options;
  const known = [head, ...environments.flatMap((facts) => (facts.isLegacy ? [] : (facts.commit ?? [])))];
  const found = known.find((whole) => whole.startsWith(commit)) ?? (await board.findCommit(commit));
  return { ...options, commit: found };
}

/**
 * Whether who set the labels has write permission. Of the event's sender that is asked only where GitHub does not know who
 * set the label: somebody else may have pushed since. Where nobody is known, nobody may.
 */
async function isAllowed(
  board: Board,
  { labelledBy }: PullRequestFacts,
  triggers: readonly string[],
  { event }: Asked,
): Promise<boolean> {
  if (triggers.length === 0) return true;
  const setters = triggers.flatMap((label) => {
    const isOfEvent = event?.label.toLowerCase() === label.toLowerCase();
    const known = Object.hasOwn(labelledBy, label) ? labelledBy[label] : undefined;
    return known ?? (isOfEvent ? (event?.sender ?? []) : []);
  });
  for (const login of new Set(setters)) if (await board.mayWrite(login)) return true;
  return false;
}

/** Another commit than the one that was built is deployed by the run that builds it; what is there needs no image. */
function findOutdated(
  decision: Decision,
  environments: readonly EnvironmentFacts[],
  built: string | undefined,
): Decision | undefined {
  if (built === undefined || decision.action !== "deploy") return undefined;
  const { commit } = decision.wanted;
  if (commit.startsWith(built) || environments.some((facts) => facts.commit === commit)) return undefined;
  const reason = `${shortCommit(commit)} is wanted by now, ${shortCommit(built)} was built: its own run brings it`;
  return { action: "none", reason, notes: [] };
}
