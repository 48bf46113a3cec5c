import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { ProblemError } from "../../core/errors";
import { count, plainLine } from "../../core/plain-text";
import { redact, registerSecret } from "../../core/redact";
import { makeTemporaryFolder } from "../../core/temporary-folder";
import { nameStack } from "../../showtime/names";
import { stopped } from "../ask";
import { listFailedAssets } from "../failed-assets";
import { PACKAGE } from "../own-version";
import { showStep } from "../progress";
import { type EngineRun, runTool } from "../pulumi-engine";
import { readDefinitions } from "../read-definitions";
import { assertHarmless } from "../untrusted-folder";
import { DATABASE_VARIABLES, NOT_FOR_ENVIRONMENTS, PASSWORD_VARIABLE, writeAssetsProject } from "./assets-project";
import { openDoor } from "./loopback-door";

/** Asset files that are to be put into an environment. */
export interface AssetsRequest {
  readonly pullRequest: number;
  /** Folder of the asset files: they are a pull request's, and nothing but data. */
  readonly folder: string;
  readonly login: { readonly url: string; readonly username: string; readonly password: string };
}

/** How it ended: never a failure of the deployment, which is up all the same. */
export interface AssetsOutcome {
  readonly isDone: boolean;
  /** One sentence. It has words of other people: escape it where it is shown. */
  readonly summary: string;
  /** What is not there, a line each; words of other people too. */
  readonly problems: readonly string[];
}

/** More than these nobody reads in a comment. */
const MOST_PROBLEMS = 20;

/**
 * Puts the asset files of a branch into its environment, with a Pulumi project that lives as long as this call.
 *
 * @throws ProblemError `cli/stopped`
 */
export async function putAssets({ pullRequest, folder, login }: AssetsRequest): Promise<AssetsOutcome> {
  registerSecret(login.password);
  const assets = resolve(folder);
  if (!existsSync(assets)) return notDone(`There is no folder ${folder}, so no assets were put into it.`, []);
  const project = makeTemporaryFolder("pulumi-superset-assets-");
  const door = await openDoor(login.url);
  try {
    await assertHarmless(assets);
    const definitions = await readDefinitions(assets, { exclude: NOT_FOR_ENVIRONMENTS });
    const stack = nameStack(pullRequest);
    const { username } = login;
    writeAssetsProject({ folder: project.path, stack, url: door.url, username, assets, definitions });
    const run = await showStep("Putting the assets of the branch into it", () =>
      deployProject(project.path, stack, login.password),
    );
    if (run.cancelled) throw stopped();
    return toOutcome(run, project.path, definitions.length);
  } catch (error) {
    if (!(error instanceof ProblemError) || error.exitCode === 130) throw error;
    return notDone("The assets of the branch were not put into it.", error.message.split("\n"));
  } finally {
    await door.close();
    project.remove();
  }
}

/** Processes of their own, with no credentials but those of the environment. */
async function deployProject(folder: string, stack: string, password: string): Promise<EngineRun> {
  const env = {
    ...pickHarmless(process.env),
    ...DATABASE_VARIABLES,
    [PASSWORD_VARIABLE]: password,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_CONFIG_PASSPHRASE: "",
    NO_COLOR: "1",
  };
  const made = await runTool("pulumi", ["stack", "init", stack, "--non-interactive"], { cwd: folder, env });
  if (made.code !== 0) return made;
  const program = join(PACKAGE, "bin/pulumi-superset.cjs");
  return runTool(process.execPath, [program, "deploy", "--stack", stack], { cwd: folder, env });
}

/** What programs need to find themselves and the network: credentials of AWS, GitHub and Pulumi are not among it. */
const HARMLESS =
  /^(PATH|HOME|USER|TMPDIR|TMP|TEMP|LANG|LC_\w+|TZ|XDG_\w+|SYSTEMROOT|CI|PULUMI_HOME|PULUMI_NODEJS_\w+|(HTTPS?|NO|ALL)_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_\w+)$/i;

function pickHarmless(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => HARMLESS.test(name)));
}

function toOutcome(run: EngineRun, folder: string, assets: number): AssetsOutcome {
  if (run.code === 0)
    return { isDone: true, summary: `${count(assets, "asset")} of the branch are in it.`, problems: [] };
  const failed = listFailedAssets(folder).map(
    ({ kind, title, path, reason }) => `${path} (${kind} "${title}"): ${reason}`,
  );
  const summary =
    failed.length === 0
      ? "The assets of the branch were not put into it."
      : `${failed.length} of ${count(assets, "asset")} of the branch are not in it.`;
  return notDone(summary, [...failed, ...explain(run.output)]);
}

function notDone(summary: string, problems: readonly string[]): AssetsOutcome {
  const lines = problems.map((line) => redact(plainLine(line))).filter((line) => line !== "");
  const rest = lines.length - MOST_PROBLEMS;
  const shown = rest > 0 ? [...lines.slice(0, MOST_PROBLEMS), `… and ${count(rest, "line")} more`] : lines;
  return { isDone: false, summary: redact(plainLine(summary)), problems: shown };
}

/** What the command says is wrong, each line once: of the engine's words those that it repeats at its end. */
export function explain(output: string): string[] {
  const [before = "", diagnostics] = stripVTControlCharacters(output).split(/^Diagnostics:$/m);
  const [told = ""] = (diagnostics ?? before).split(/^(?:Resources|Outputs|Duration):/m);
  const lines = told.split("\n").map((line) => line.trim().replace(/^(error: )+/, ""));
  return [...new Set(lines)].filter((line) => line !== "" && !/^(at |\S+:\S+:\S+ \(.*\):$)/.test(line));
}
