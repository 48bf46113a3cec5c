import { execFile, spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { promisify } from "node:util";
import { type CommandResult, collect } from "./pulumi-project";
import { type Contexts, fillIn, holds, type JobStatus } from "./workflow-expressions";
import type { WorkflowFile, WorkflowStep } from "./workflow-files";

const run = promisify(execFile);

/** What a repository on GitHub has beside its files. */
export interface RunnerOptions {
  /** Folder in which each job gets a workspace of its own. */
  readonly folder: string;
  /** Bare repository. */
  readonly remote: string;
  /** Of every step: addresses, the search path. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables and secrets of each environment. */
  readonly environments: Readonly<Record<string, { vars: Contexts; secrets: Contexts }>>;
  readonly token: string;
  readonly repository: string;
}

/** What starts a job. */
export interface JobRequest {
  readonly event: object;
  readonly eventName?: string;
  readonly matrix?: Contexts;
  /** Outputs of other jobs. */
  readonly needs?: Readonly<Record<string, { result: string; outputs: Record<string, string> }>>;
  /** Called after a step, by its name or action. */
  readonly after?: (step: string, workspace: string) => void;
}

/** How a job ended. */
export interface JobResult {
  readonly result: "success" | "failure" | "skipped";
  readonly outputs: Record<string, string>;
  /** What all its steps printed. */
  readonly log: string;
  readonly summary: string;
  readonly workspace: string;
  readonly environment: string | undefined;
}

/** Runs the jobs of workflows as GitHub's runner does: expressions, conditions, commands in bash. */
export interface WorkflowRunner {
  run(file: WorkflowFile, job: string, request: JobRequest): Promise<JobResult>;
  /** `<file> <job>: <command>` of all commands that ran. */
  readonly ran: Set<string>;
}

/** How a command is named in a list. */
export function nameCommand(file: string, job: string, command: string): string {
  return `${file} ${job}: ${command.split("\n")[0]}`;
}

const INSTALL = "npm ci --ignore-scripts";

/** The variable in which steps find the role whose credentials they would have. */
export const ASSUMED_ROLE = "STAND_IN_ROLE";

export function createRunner(options: RunnerOptions): WorkflowRunner {
  const artifacts = mkdtempSync(join(options.folder, "artifacts-"));
  const ran = new Set<string>();
  let packages: string | undefined;

  const runCommand = async (command: string, env: Record<string, string>, cwd: string): Promise<CommandResult> => {
    // The same packages each time: once they are installed as the workflow says, then they are shared.
    if (command === INSTALL && packages !== undefined) {
      await run("cp", ["-al", packages, join(cwd, "node_modules")]);
      return { code: 0, output: "", stdout: "" };
    }
    const child = spawn("bash", ["--noprofile", "--norc", "-e", "-c", command], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const result = await collect(child);
    if (command === INSTALL && result.code === 0) packages = join(cwd, "node_modules");
    return result;
  };

  return {
    ran,
    async run(file, name, request) {
      const job = file.content.jobs[name];
      if (job === undefined) throw new Error(`${file.path} has no job ${name}`);
      // Beside each other, so that paths relative to the project hold in each.
      const workspace = mkdtempSync(join(options.folder, "workspace-"));
      const temporary = mkdtempSync(join(options.folder, "runner-"));
      const event = join(temporary, "event.json");
      writeFileSync(event, JSON.stringify(request.event));
      const github = {
        ...{ event: request.event, event_name: request.eventName ?? "workflow_dispatch", token: options.token },
        ...{ repository: options.repository, ref_name: "main" },
      };
      const status = { hasFailed: false, hasFile: (path: string) => existsSync(join(workspace, path)) };
      const outside = { github, needs: request.needs ?? {}, matrix: request.matrix ?? {}, runner: { temp: temporary } };
      const environment = job.environment && fillIn(job.environment, outside, status);
      const known = options.environments[environment ?? ""] ?? { vars: {}, secrets: {} };
      const steps: Record<string, { outputs: Record<string, string> }> = {};
      const contexts = { ...outside, ...known, steps };
      const nothing = { outputs: {}, log: "", summary: "", workspace, environment };
      const isUnmet = Object.values(request.needs ?? {}).some(({ result }) => result !== "success");
      if (!holds(job.if as string | undefined, contexts, { ...status, hasFailed: isUnmet }))
        return { ...nothing, result: "skipped" };

      let log = "";
      let summary = "";
      // What an action puts into the environment of the steps after it.
      const exported: Record<string, string> = {};
      for (const step of job.steps) {
        if (!holds(step.if, contexts, status)) continue;
        const title = step.name ?? step.uses?.split("@")[0] ?? step.run ?? "";
        const files = { output: join(temporary, "output"), summary: join(temporary, "summary") };
        for (const path of Object.values(files)) writeFileSync(path, "");
        const env = {
          ...options.env,
          ...{ GITHUB_ACTIONS: "true", CI: "true", GITHUB_ACTOR: "ann", GITHUB_REPOSITORY: options.repository },
          ...{ GITHUB_EVENT_PATH: event, GITHUB_OUTPUT: files.output, GITHUB_STEP_SUMMARY: files.summary },
          ...{ GITHUB_WORKSPACE: workspace, RUNNER_TEMP: temporary, ...exported },
          ...fillAll({ ...job.env, ...step.env }, contexts, status),
        };
        const result = await runStep(step, {
          contexts,
          status,
          env,
          workspace,
          exported,
          permissions: job.permissions,
        });
        if (step.run !== undefined) ran.add(nameCommand(file.name, name, step.run));
        log += `> ${title}\n${result.output}\n`;
        if (result.code !== 0) status.hasFailed = true;
        if (step.id !== undefined) steps[step.id] = { outputs: readOutputs(readFileSync(files.output, "utf8")) };
        summary += readFileSync(files.summary, "utf8");
        request.after?.(title, workspace);
      }
      const outputs = fillAll(job.outputs ?? {}, contexts, status);
      return { ...nothing, result: status.hasFailed ? "failure" : "success", outputs, log, summary };
    },
  };

  interface StepPlace {
    readonly contexts: Contexts;
    readonly status: JobStatus;
    readonly env: Record<string, string>;
    readonly workspace: string;
    readonly exported: Record<string, string>;
    readonly permissions: Readonly<Record<string, string>>;
  }

  async function runStep(step: WorkflowStep, place: StepPlace): Promise<CommandResult> {
    const { contexts, status, env, workspace } = place;
    if (step.run !== undefined) {
      const folder = fillIn(step["working-directory"] ?? "", contexts, status);
      return runCommand(step.run, env, resolve(workspace, folder));
    }
    const given = fillAll(step.with ?? {}, contexts, status);
    try {
      await standIn(step.uses?.split("@")[0] ?? "", { ref: usualRef(contexts), ...given }, place);
      return { code: 0, output: "", stdout: "" };
    } catch (error) {
      return { code: 1, output: error instanceof Error ? error.message : String(error), stdout: "" };
    }
  }

  /** What stands in for the actions of others. */
  async function standIn(action: string, given: Record<string, string>, place: StepPlace): Promise<void> {
    const { workspace, exported, permissions } = place;
    switch (action) {
      case "actions/checkout":
        return checkOut(options.remote, given, resolve(workspace, given.path ?? "."));
      case "actions/upload-artifact": {
        const from = resolve(workspace, given.path ?? "");
        const to = join(artifacts, given.name ?? "");
        // A file is put into the artifact under its name, a folder is the artifact.
        if (existsSync(from))
          cpSync(from, statSync(from).isFile() ? join(to, basename(from)) : to, { recursive: true });
        return;
      }
      case "actions/download-artifact": {
        const from = join(artifacts, given.name ?? given.pattern ?? "");
        // A pattern that fits nothing is no failure.
        if (given.pattern === undefined || existsSync(from))
          cpSync(from, resolve(workspace, given.path ?? ""), { recursive: true });
        return;
      }
      case "aws-actions/configure-aws-credentials":
        if (permissions["id-token"] !== "write") throw new Error("Without `id-token: write` there is no token.");
        Object.assign(exported, { AWS_REGION: given["aws-region"], [ASSUMED_ROLE]: given["role-to-assume"] });
        return;
      case "actions/setup-node":
      case "pulumi/actions":
        return;
      default:
        throw new Error(`Nothing stands in for ${action}`);
    }
  }
}

/** What `actions/checkout` takes by itself. */
function usualRef({ github }: Contexts): string {
  const { event_name, event } = github as { event_name: string; event: { pull_request?: { number: number } } };
  return event_name === "pull_request" ? `refs/pull/${event.pull_request?.number}/merge` : "main";
}

/** As `actions/checkout` does it: one commit of one ref, under the name of a branch where it is one. */
async function checkOut(remote: string, given: Record<string, string>, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const git = (...args: string[]) => run("git", ["-C", folder, ...args]);
  const ref = given.ref ?? "main";
  const isCommit = /^[0-9a-f]{40}$/.test(ref);
  const isBranch = !ref.startsWith("refs/") && !isCommit;
  const local = isCommit
    ? "refs/remotes/origin/commit"
    : isBranch
      ? `refs/remotes/origin/${ref}`
      : ref.replace("refs/", "refs/remotes/");
  await git("init", "--quiet");
  await git("remote", "add", "origin", `file://${remote}`);
  await git(
    "fetch",
    "--quiet",
    `--depth=${given["fetch-depth"] ?? 1}`,
    "origin",
    `+${isBranch ? `refs/heads/${ref}` : ref}:${local}`,
  );
  if (given["sparse-checkout"] !== undefined)
    await git("sparse-checkout", "set", "--no-cone", given["sparse-checkout"]);
  await git("checkout", "--quiet", "--force", ...(isBranch ? ["-B", ref] : ["--detach"]), local);
}

function fillAll(
  values: Readonly<Record<string, string | number | boolean>>,
  contexts: Contexts,
  status: JobStatus,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [key, fillIn(String(value), contexts, status)]),
  );
}

/** Reads the file of a step's outputs as the runner does. */
function readOutputs(text: string): Record<string, string> {
  const found = text.matchAll(/^(\w+)<<(.+)\n([\s\S]*?)\n\2$|^(\w+)=(.*)$/gm);
  return Object.fromEntries([...found].map(([, name, , value, short, line]) => [name ?? short, value ?? line]));
}
