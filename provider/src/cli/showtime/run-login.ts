import { type AwsClients, openAws } from "../../aws/clients";
import { AwsError } from "../../aws/errors";
import { ProblemError } from "../../core/errors";
import { formatJson } from "../../core/plain-text";
import { readEnvironments } from "../../environment/list";
import { readLogin } from "../../environment/login";
import type { EnvironmentFacts } from "../../showtime/environment";
import { nameSecret } from "../../showtime/names";
import type { ShowtimeSettings } from "../../showtime/settings";
import { showStep } from "../progress";
import { toRows } from "./environment-rows";
import { readShowtimeSettings } from "./settings-file";
import { formatFacts } from "./tables";

/** What `login` was called with. */
export interface LoginOptions {
  readonly cwd: string;
  readonly json?: boolean;
}

/**
 * Prints how to log in to the environment of a pull request, for people whose role on AWS may read its secret.
 *
 * @returns the exit code
 * @throws ProblemError `showtime/login-in-ci`, `showtime/no-environment`; what AWS denies
 */
export async function runLogin(pullRequest: number, { cwd, json }: LoginOptions): Promise<number> {
  assertNotInCi(process.env);
  const settings = readShowtimeSettings(cwd);
  const aws = openAws(settings);
  const login = await showStep("Asking AWS", async () => {
    const rows = toRows(await readEnvironments(aws, settings, pullRequest));
    const own = ["active", "building", "legacy"].flatMap((type) => rows.filter((row) => row.type === type))[0];
    if (own === undefined) throw noEnvironment(pullRequest);
    return readOwnLogin(aws, settings, own.facts);
  });
  const { url, username, password } = login;
  const text = json
    ? formatJson({ version: 1, pullRequest, url: url ?? null, username, password })
    : formatFacts([
        ["Address", url ?? "none yet"],
        ["Username", username],
        ["Password", password],
      ]).join("\n");
  process.stdout.write(`${text}\n`);
  return 0;
}

/** Runners set one of the two; whoever can read a run reads what it printed. */
function assertNotInCi({ GITHUB_ACTIONS, CI }: NodeJS.ProcessEnv): void {
  const isSet = (value: string | undefined) => value !== undefined && !["", "0", "false"].includes(value.toLowerCase());
  if (!isSet(GITHUB_ACTIONS) && !isSet(CI)) return;
  throw new ProblemError({
    code: "showtime/login-in-ci",
    summary: "Login data are not printed in CI; nothing was read.",
    why: "anyone who can read the run would read them",
    remedy: "Run this on your own machine.",
    exitCode: 3,
  });
}

/** Who is denied is told what to ask for: the role's policy has to name the secret. */
async function readOwnLogin(aws: AwsClients, settings: ShowtimeSettings, facts: EnvironmentFacts) {
  try {
    return await readLogin(aws, settings, facts);
  } catch (error) {
    const { pullRequest, commit } = facts;
    if (!(error instanceof AwsError) || error.code !== "aws/denied" || commit === undefined) throw error;
    const secret = nameSecret(settings.project, { pullRequest, commit });
    throw new ProblemError({
      code: "showtime/login-denied",
      summary: `Your role on AWS may not read the login data of ${facts.service}.`,
      why: error.why ?? error.summary,
      remedy: `Ask for secretsmanager:GetSecretValue on the secret ${secret} in ${settings.region}, or use a role that has it (AWS_PROFILE).`,
      cause: error,
    });
  }
}

function noEnvironment(pullRequest: number): ProblemError {
  return new ProblemError({
    code: "showtime/no-environment",
    summary: `No environment for #${pullRequest}.`,
    remedy: `Start one: pulumi-superset showtime start ${pullRequest}`,
  });
}
