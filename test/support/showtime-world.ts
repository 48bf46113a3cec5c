import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { stringify } from "yaml";
import { ProblemError } from "../../provider/src/core/errors";
import { shortCommit } from "../../provider/src/showtime/names";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { type AwsStandIn, type SettingsOverrides, startAws } from "./aws";
import { addService, createService, registerDefinition, type ServiceFacts } from "./environment-services";
import { commitOf } from "./environments";
import { type GithubStandIn, startGithub } from "./github-stand-in";
import { pulumiEnvironment } from "./pulumi-project";

/** How a command of this process ended. */
export interface CommandRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What it threw. */
  readonly problem: ProblemError | undefined;
}

/** AWS, GitHub, a project with its settings, and a folder for the state of stacks. */
export interface ShowtimeWorld {
  readonly aws: AwsStandIn;
  readonly github: GithubStandIn;
  /** Folder of Pulumi.yaml. */
  readonly folder: string;
  /** Folder of the state. */
  readonly state: string;
  settings: ShowtimeSettings;
  /** Empties AWS and the state, and writes the settings. */
  reset(overrides?: SettingsOverrides): Promise<void>;
  /** A service as this tool makes it, without a task unless there is an image. */
  addService(facts: ServiceFacts): Promise<void>;
  /** A service of anybody, with any tags. */
  addForeignService(name: string, tags?: Readonly<Record<string, string>>): Promise<void>;
  /** Runs a command in this process. */
  run(work: () => Promise<number>): Promise<CommandRun>;
  close(): Promise<void>;
}

/** Starts the two stand-ins; the environment of this process leads to them from now on. */
export async function startWorld(): Promise<ShowtimeWorld> {
  const [aws, github] = await Promise.all([startAws(), startGithub()]);
  const folder = mkdtempSync(join(tmpdir(), "showtime-world-"));
  const state = join(folder, "state");
  for (const name of ["CI", "GITHUB_ACTIONS"]) delete process.env[name];
  Object.assign(process.env, aws.environment, github.environment, pulumiEnvironment(folder));
  const world: ShowtimeWorld = {
    ...{ aws, github, folder, state, settings: await aws.settings() },
    async reset(overrides = {}) {
      await aws.reset();
      world.settings = await aws.settings({ ...overrides, repository: github.repository });
      rmSync(state, { recursive: true, force: true });
      mkdirSync(state);
      writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "circus", runtime: "nodejs" }));
      writeFileSync(join(folder, "showtime.yaml"), stringify(world.settings));
      await registerDefinition(world.settings);
    },
    addService(facts) {
      return addService(world.settings, facts);
    },
    addForeignService(name, tags = {}) {
      return createService(world.settings, name, tags, 0);
    },
    run,
    async close() {
      await Promise.all([aws.close(), github.close()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return world;
}

async function run(work: () => Promise<number>): Promise<CommandRun> {
  const written = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((name) =>
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      written[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await work(), ...written, problem: undefined };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    return { code: error.exitCode, ...written, problem: error };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

/** The seven characters that {@link ShowtimeWorld.addService} gives a pull request's commit. */
export function commitOfPullRequest(pullRequest: number): string {
  return shortCommit(commitOf(pullRequest.toString(16).padStart(7, "a")));
}
