import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { stringify } from "yaml";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { ensurePulumi } from "../../scripts/lib/pulumi.mjs";
import type { AwsStandIn } from "./aws";
import type { GithubStandIn } from "./github-stand-in";
import { pulumiEnvironment } from "./pulumi-project";

const ROOT = resolve(import.meta.dirname, "../..");
const PROGRAM = join(ROOT, "provider/bin/pulumi-superset.cjs");

/** How a command ended. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A project with settings, on the AWS and the GitHub of the tests. */
export interface ShowtimePlace {
  readonly folder: string;
  /** What its commands have in their environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Runs `pulumi-superset showtime …`. */
  showtime(args: readonly string[], environment?: Readonly<Record<string, string>>): Promise<Ended>;
  /** Starts it, as the leader of a process group. */
  start(args: readonly string[], environment?: Readonly<Record<string, string>>): ReturnType<typeof spawn>;
  /** Names of the stacks that the backend has. */
  stacks(): string[];
  remove(): void;
}

/** Makes a project; the state of its stacks is in its folder. */
export async function makePlace(
  aws: Pick<AwsStandIn, "environment">,
  github: Pick<GithubStandIn, "environment">,
  settings: ShowtimeSettings,
): Promise<ShowtimePlace> {
  const folder = mkdtempSync(join(tmpdir(), "showtime-"));
  for (const name of ["state", "tmp", "home"]) mkdirSync(join(folder, name));
  writeFileSync(join(folder, "Pulumi.yaml"), stringify({ name: "bi", runtime: "nodejs" }));
  writeFileSync(join(folder, "showtime.yaml"), stringify(settings));
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(VITEST|NODE_OPTIONS|PULUMI_|GITHUB_|AWS_|CI$)/.test(key),
  );
  const base = {
    ...Object.fromEntries(inherited),
    ...aws.environment,
    ...github.environment,
    PATH: [(await ensurePulumi()).bin, dirname(process.execPath), process.env.PATH].join(delimiter),
    ...pulumiEnvironment(folder),
    TMPDIR: join(folder, "tmp"),
    GITHUB_ACTOR: "ann",
    NO_COLOR: "1",
  };
  const start: ShowtimePlace["start"] = (args, environment = {}) =>
    spawn(process.execPath, [PROGRAM, "showtime", ...args], {
      cwd: folder,
      env: { ...base, ...environment },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
  return {
    folder,
    environment: base,
    start,
    showtime: (args, environment) => collect(start(args, environment)),
    stacks() {
      const stacks = join(folder, "state/.pulumi/stacks", `${settings.project}-showtime`);
      return readIfThere(stacks).flatMap((name) => /^(pr-\d+)\.json$/.exec(name)?.[1] ?? []);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function readIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Waits for the end of a process. */
export function collect(child: ReturnType<typeof spawn>): Promise<Ended> {
  return new Promise((done, fail) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? 1, stdout, stderr }));
  });
}

/** What a state of the place's backend holds, as text: nothing of it may be secret. */
export function readState({ folder }: ShowtimePlace, project: string, stack: string): string {
  return readFileSync(join(folder, "state/.pulumi/stacks", `${project}-showtime`, `${stack}.json`), "utf8");
}
