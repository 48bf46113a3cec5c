import { setTimeout } from "node:timers/promises";
import type { AwsClients } from "../../aws/clients";
import { ProblemError } from "../../core/errors";
import { findImage } from "../../environment/image";
import { readEnvironments } from "../../environment/list";
import { removeEnvironment } from "../../environment/remove";
import type { EnvironmentFacts } from "../../showtime/environment";
import type { ShowtimeSettings } from "../../showtime/settings";
import { showStep } from "../progress";
import { previewStack, readStack, removeStack, runDestroy, runUp, type StackFacts, takeOverStack } from "./engine";
import type { Host, HostRun, HostStack } from "./host";
import { seeDrift } from "./see-drift";
import { makeWorkspace, type Workspace } from "./workspace";

/** AWS, changed by Pulumi's engine. */
export function openEngineHost(aws: AwsClients, settings: ShowtimeSettings): Host {
  return {
    isPretended: false,
    readEnvironments: (pullRequest) => readEnvironments(aws, settings, pullRequest),
    seeDrift: (environments) => seeDrift(aws, settings, environments),
    hasImage: async (key) => (await findImage(aws, settings, key)) !== undefined,
    async openStack(pullRequest) {
      const workspace = makeWorkspace(settings.project, pullRequest);
      try {
        const facts = await showStep("Asking Pulumi", () => readStack(workspace));
        return toStack({ aws, settings, pullRequest, workspace, facts });
      } catch (error) {
        workspace.remove();
        throw error;
      }
    },
  };
}

/** Waits so many milliseconds. */
export async function pause(milliseconds: number): Promise<void> {
  await setTimeout(milliseconds);
}

interface Context {
  readonly aws: AwsClients;
  readonly settings: ShowtimeSettings;
  readonly pullRequest: number;
  readonly workspace: Workspace;
  readonly facts: StackFacts;
}

function toStack(context: Context): HostStack {
  const { workspace, facts } = context;
  return {
    ...{ isThere: facts.isThere, generation: facts.generation, round: facts.round },
    async deploy(wanted) {
      const run = await showStep("Changing AWS", () => runUp(workspace, facts, wanted));
      if (run.kind !== "done") return run;
      return removeOthers(
        context,
        ({ commit, generation }) => commit !== wanted.commit && generation < wanted.generation,
      );
    },
    async remove() {
      const emptied = facts.isThere
        ? await showStep("Removing it from AWS", () => runDestroy(workspace, facts))
        : ({ kind: "done" } as const);
      if (emptied.kind !== "done") return emptied;
      const removed = await removeOthers(context, () => true);
      if (removed.kind !== "done" || !facts.isThere) return removed;
      const ended = await removeStack(workspace);
      return ended.kind === "done" ? removed : ended;
    },
    async preview(wanted) {
      if (facts.isThere) return previewStack(workspace, wanted);
      return wanted === undefined ? "  no stack knows of it" : "  a new stack";
    },
    takeOver: () => takeOverStack(workspace),
    close: () => workspace.remove(),
  };
}

/** Removes what runs although no stack knows of it: its state was lost. Answers what stays. */
async function removeOthers(
  { aws, settings, pullRequest }: Context,
  isGone: (facts: EnvironmentFacts) => boolean,
): Promise<HostRun> {
  const found = await readEnvironments(aws, settings, pullRequest);
  const others = found.filter((facts) => !facts.isLegacy && isGone(facts));
  try {
    for (const facts of others) await removeEnvironment(aws, settings, facts, pause);
    return { kind: "done", environments: found.filter((facts) => !others.includes(facts)) };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: "failed", problem: error };
    throw error;
  }
}
