import { setTimeout } from "node:timers/promises";
import type { AwsClients } from "../../aws/clients";
import { ProblemError } from "../../core/errors";
import { findImage } from "../../environment/image";
import { readEnvironments } from "../../environment/list";
import { removeEnvironment } from "../../environment/remove";
import type { EnvironmentFacts } from "../../showtime/environment";
import type { ShowtimeSettings } from "../../showtime/settings";
import { showStep } from "../progress";
import { previewStack, readStack, removeStack, runUp, type StackFacts, takeOverStack } from "./engine";
import type { Host, HostRun, HostStack } from "./host";
import { seeDrift } from "./see-drift";
import { makeWorkspace, type Workspace } from "./workspace";

/** AWS, changed by Pulumi's engine. */
export function openEngineHost(aws: AwsClients, settings: ShowtimeSettings): Host {
  return {
    isPretended: false,
    readEnvironments: async (pullRequest) =>
      seeDrift(aws, settings, await readEnvironments(aws, settings, pullRequest)),
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
        ? await showStep("Removing it from AWS", () => runUp(workspace, facts, undefined))
        : ({ kind: "done" } as const);
      if (emptied.kind !== "done") return emptied;
      const removed = await removeOthers(context, () => true);
      return removed.kind !== "done" || !facts.isThere ? removed : removeStack(workspace);
    },
    async preview(wanted) {
      if (facts.isThere) return previewStack(workspace, wanted);
      return wanted === undefined ? "  no stack knows of it" : "  a new stack";
    },
    takeOver: () => takeOverStack(workspace),
    close: () => workspace.remove(),
  };
}

/** What runs although no stack knows of it: its state was lost. */
async function removeOthers(
  { aws, settings, pullRequest }: Context,
  isGone: (facts: EnvironmentFacts) => boolean,
): Promise<HostRun> {
  const left = await readEnvironments(aws, settings, pullRequest);
  try {
    for (const facts of left)
      if (!facts.isLegacy && isGone(facts)) await removeEnvironment(aws, settings, facts, pause);
    return { kind: "done" };
  } catch (error) {
    if (error instanceof ProblemError) return { kind: "failed", problem: error };
    throw error;
  }
}
