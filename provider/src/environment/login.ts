import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { AwsClients } from "../aws/clients";
import { isAwsError } from "../aws/errors";
import { createSecret, describeSecret, readSecret, tagSecret } from "../aws/secrets";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import type { EnvironmentArguments, EnvironmentFacts } from "../showtime/environment";
import { type EnvironmentKey, nameSecret } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import type { TagMap } from "../showtime/tags";
import { notOurs } from "./not-ours";
import { readOwnTags, toOwnTags } from "./own";
import { deadlineIn, type Surroundings, waitUntil } from "./surroundings";

/** Bytes of a password; 32 characters of base64url. */
const BYTES = 24;

/** How long AWS may take to forget a secret of the same name. */
const FORGETTING_MINUTES = 2;

const loginSchema = z.object({ username: z.string(), password: z.string(), secretKey: z.string() });

/** Keys of the secret's text; task definitions name them. */
export const LOGIN_KEYS = { username: "username", password: "password", secretKey: "secretKey" } as const;

/**
 * The secret with the login data of an environment: the one of before where its service is taken over, else a new one.
 *
 * @returns its ARN
 */
export async function ensureLogin(
  { aws, settings, ...time }: Pick<Surroundings, "aws" | "settings" | "wait" | "now">,
  key: EnvironmentArguments,
): Promise<string> {
  const name = nameSecret(settings.project, key);
  const tags = toOwnTags(settings, key);
  const arn = await waitUntil(time, deadlineIn(time, FORGETTING_MINUTES), async () => {
    const found = await describeSecret(aws, name);
    if (found === undefined) return createNew(aws, name, makeLogin(settings), tags);
    // An interrupted delete: AWS refuses the name as long as it knows of it.
    if (found.isLeaving) return undefined;
    if (readOwnTags(found.tags, settings) === undefined) throw notOurs(`secret ${name}`, settings.project);
    await tagSecret(aws, found.arn, tags);
    return found.arn;
  });
  if (arn === undefined) {
    throw new ProblemError({
      code: "environment/secret-leaving",
      summary: `The secret ${name} is still being deleted.`,
      remedy: "Run it again in some minutes.",
    });
  }
  return arn;
}

/** Changes tags of the secret of an environment; without it there is nothing to do. */
export async function tagLogin(
  { aws, settings }: Pick<Surroundings, "aws" | "settings">,
  key: EnvironmentKey,
  tags: TagMap,
): Promise<void> {
  const found = await describeSecret(aws, nameSecret(settings.project, key));
  if (found !== undefined && readOwnTags(found.tags, settings) !== undefined) await tagSecret(aws, found.arn, tags);
}

async function createNew(aws: AwsClients, name: string, login: string, tags: TagMap): Promise<string | undefined> {
  try {
    return await createSecret(aws, name, login, tags);
  } catch (error) {
    // It was deleted a moment ago, and not everywhere yet.
    if (isAwsError(error, "InvalidRequestException") && /scheduled for deletion/i.test(error.says)) return undefined;
    throw error;
  }
}

function makeLogin(settings: ShowtimeSettings): string {
  const [password, secretKey] = [BYTES, 2 * BYTES].map((bytes) => randomBytes(bytes).toString("base64url"));
  registerSecret(password);
  registerSecret(secretKey);
  return JSON.stringify({ username: settings.login.username, password, secretKey });
}

/** Login data of an environment, for those whose role may read them. */
export async function readLogin(
  aws: AwsClients,
  settings: ShowtimeSettings,
  facts: Pick<EnvironmentFacts, "pullRequest" | "commit" | "url" | "service">,
): Promise<{ readonly url: string | undefined; readonly username: string; readonly password: string }> {
  const { pullRequest, commit, url } = facts;
  const name = commit === undefined ? undefined : nameSecret(settings.project, { pullRequest, commit });
  const text = name === undefined ? undefined : await readSecret(aws, name);
  if (text === undefined) {
    throw new ProblemError({
      code: "environment/no-login",
      summary: `No login data are kept for ${facts.service}.`,
      why: name === undefined ? "Superset Showtime made it: its login is admin, admin." : `There is no secret ${name}.`,
      remedy: "Start the environment anew: `pulumi-superset showtime start` makes login data for it.",
    });
  }
  const { username, password } = registerLogin(text);
  return { url, username, password };
}

/** Announces what a secret holds, so that no text of this process shows it. */
export function registerLogin(text: string): z.output<typeof loginSchema> {
  registerSecret(text);
  const login = loginSchema.parse(JSON.parse(text));
  registerSecret(login.password);
  registerSecret(login.secretKey);
  return login;
}
