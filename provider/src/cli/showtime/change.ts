import type { Decision } from "../../showtime/decision";
import type { EnvironmentArguments } from "../../showtime/environment";
import { shortCommit } from "../../showtime/names";
import type { ShowtimeSettings } from "../../showtime/settings";
import type { HostStack } from "./host";
import type { Seen } from "./look";
import type { Outcome } from "./outcome";
import type { Parties } from "./parties";

/** A decision that changes something. */
export type Change = Extract<Decision, { action: "deploy" | "remove" }>;

type Deploy = Extract<Decision, { action: "deploy" }>;

/** What the program of the stack is to declare. */
export function toArguments(
  settings: ShowtimeSettings,
  { pullRequest, environments }: Seen,
  { wanted, isForced }: Deploy,
  stack: Pick<HostStack, "generation" | "round">,
): EnvironmentArguments {
  const { image, ...rest } = wanted;
  const generations = environments.map(({ generation }) => generation);
  return {
    ...rest,
    ...{ settings, pullRequest: pullRequest.number },
    ...(image !== undefined && { image }),
    generation: 1 + Math.max(0, stack.generation, ...generations),
    round: stack.round + (isForced ? 1 : 0),
  };
}

/** What would be done, in the words of the decision and of the engine. */
export async function toPlan(
  { settings }: Pick<Parties, "settings">,
  seen: Seen,
  decision: Change,
  stack: HostStack,
): Promise<Outcome> {
  const { number } = seen.pullRequest;
  const isDeploy = decision.action === "deploy";
  const preview = await stack.preview(isDeploy ? toArguments(settings, seen, decision, stack) : undefined);
  return {
    ...{ pullRequest: number, outcome: "planned", reason: decision.reason, untold: [] },
    ...(isDeploy && { commit: decision.wanted.commit }),
    notes: seen.notes,
    plan: [isDeploy ? describeWanted(decision) : describeRemoval(seen), preview].filter(Boolean).join("\n"),
  };
}

function describeRemoval({ environments }: Seen): string {
  const names = environments.filter(({ isLegacy }) => !isLegacy).map(({ service }) => service);
  return `  remove all that there is: ${names.join(", ") || "no environment"}, and what is left of others`;
}

function describeWanted({ wanted }: Deploy): string {
  const { commit, size, timeToLive, requester, assets, flags, image } = wanted;
  const words = Object.entries(flags).map(([flag, isOn]) => `${flag} ${isOn ? "on" : "off"}`);
  return [
    `  deploy ${shortCommit(commit)}, size ${size}, time to live ${timeToLive}, for ${requester}`,
    ...(image === undefined ? [] : [`  image: ${image}`]),
    ...(words.length === 0 ? [] : [`  feature flags: ${words.join(", ")}`]),
    ...(assets ? ["  with the assets of the branch"] : []),
  ].join("\n");
}
