import { execFile } from "node:child_process";
import { setTimeout } from "node:timers/promises";
import { promisify } from "node:util";
import { type AwsClients, openAws } from "../aws/clients";
import { describeService, updateService } from "../aws/ecs";
import { describeUnknown, ProblemError } from "../core/errors";
import { lastEvent, primaryOf } from "../environment/judge-service";
import { type Wait, waitUntil } from "../environment/surroundings";
import type { RestartSettings } from "../settings/extensions";

const MINUTE_MS = 60_000;

/** How much of what a failed command printed stands in the error. */
const OUTPUT_LINES = 20;

const REMEDY =
  "The extension is delivered. Start Superset again by hand, or correct `restart` of superset:extensions, and run `pulumi up`: it goes on from here.";

/** What a restart needs of the world. */
export interface RestartSurroundings {
  /** @throws ProblemError where nobody is left to do it for */
  readonly assertAlive: () => void;
  readonly openAws: (region: string) => AwsClients;
  readonly wait: Wait;
  readonly now: () => Date;
}

/** The surroundings of a process whose owner may end. */
export function restartSurroundings(assertAlive: () => void): RestartSurroundings {
  return {
    assertAlive,
    openAws: (region) => openAws({ region }, assertAlive),
    now: () => new Date(),
    wait: async (milliseconds) => {
      assertAlive();
      await setTimeout(milliseconds);
      assertAlive();
    },
  };
}

/**
 * Starts Superset again as the settings say, and waits until that is done.
 *
 * @throws ProblemError `extensions/restart-failed`
 */
export async function restartServers(restart: RestartSettings, surroundings: RestartSurroundings): Promise<void> {
  surroundings.assertAlive();
  if (restart.command !== undefined) await runCommand(restart.command, restart.deadlineMinutes);
  if (restart.ecs !== undefined) await renewServices(restart.ecs, restart.deadlineMinutes, surroundings);
}

const run = promisify(execFile);

async function runCommand([program = "", ...args]: readonly string[], minutes: number): Promise<void> {
  try {
    await run(program, args, { timeout: minutes * MINUTE_MS, maxBuffer: 64 * 1024 * 1024 });
  } catch (error) {
    // Node's error says nothing of a command that took too long, and repeats all that another printed.
    const { stdout = "", stderr = "", killed = false, code } = error as FailedCommand;
    const lines = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
    const end = killed ? `it did not end within ${minutes} minutes` : `it ended with ${code ?? describeUnknown(error)}`;
    throw failed(`The command "${program}" that starts Superset again failed.`, [end, ...lines.slice(-OUTPUT_LINES)]);
  }
}

interface FailedCommand {
  readonly stdout?: string;
  readonly stderr?: string;
  readonly killed?: boolean;
  readonly code?: number | string;
}

type Services = NonNullable<RestartSettings["ecs"]>;

async function renewServices(ecs: Services, minutes: number, surroundings: RestartSurroundings): Promise<void> {
  const aws = surroundings.openAws(ecs.region);
  const deadline = new Date(surroundings.now().getTime() + minutes * MINUTE_MS);
  await Promise.all(
    ecs.services.map(async (service) => {
      const updated = await updateService(aws, { cluster: ecs.cluster, service, forceNewDeployment: true });
      const own = primaryOf(updated)?.id;
      let last: string | undefined;
      const isDone = await waitUntil(surroundings, deadline, async () => {
        const found = await describeService(aws, ecs.cluster, service);
        const rollout = found?.deployments?.find(({ id }) => id === own);
        last = found && lastEvent(found);
        if (rollout === undefined || rollout.rolloutState === "FAILED") {
          const why = rollout?.rolloutStateReason ?? last ?? "its rollout is gone: another one took its place";
          throw failed(`ECS could not start the service ${service} of ${ecs.cluster} again.`, [why]);
        }
        // Until the old tasks are gone they may answer.
        const isAlone = found?.deployments?.length === 1 && (found.runningCount ?? 0) >= (found.desiredCount ?? 0);
        return isAlone && (rollout.rolloutState ?? "COMPLETED") === "COMPLETED" ? true : undefined;
      });
      if (isDone) return;
      const why = `After ${minutes} minutes: ${last ?? "ECS says nothing"}`;
      throw failed(`ECS did not start the service ${service} of ${ecs.cluster} again in time.`, [why]);
    }),
  );
}

function failed(summary: string, why: readonly string[]): ProblemError {
  return new ProblemError({ code: "extensions/restart-failed", summary, why: why.join("\n    "), remedy: REMEDY });
}
