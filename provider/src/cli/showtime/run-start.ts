import { z } from "zod";
import { askGithub } from "../../github/ask";
import type { GithubClient } from "../../github/client";
import type { ChangeOptions } from "./command-options";
import { printOutcome } from "./outcome";
import { openPlaces } from "./places";
import { reconcile } from "./reconcile";

/** What `start` was called with. */
export interface StartCommandOptions extends ChangeOptions {
  readonly sha?: string;
  readonly ttl?: string;
  readonly size?: string;
  readonly image?: string;
  readonly assets?: boolean;
  readonly force?: boolean;
}

/** Makes the environment of a pull request, or updates it. @returns the exit code */
export async function runStart(number: number, given: StartCommandOptions): Promise<number> {
  const { sha: commit, ttl: timeToLive, size, image, assets, force, ...options } = given;
  return printOutcome(number, options.json, async () => {
    const places = await openPlaces(options);
    const requester = process.env.GITHUB_ACTOR || (await readOwnLogin(places.github));
    const wanted = { commit, timeToLive, size, image, assets, force, requester };
    return reconcile(places, number, { ...options, request: "start", isCommand: true, options: wanted });
  });
}

const viewerSchema = z.object({ viewer: z.object({ login: z.string() }) });

/** The account of the token: who asks, outside of a workflow. */
function readOwnLogin({ graphql }: GithubClient): Promise<string> {
  return askGithub("read whose token this is", undefined, async () => {
    return viewerSchema.parse(await graphql("query { viewer { login } }")).viewer.login;
  });
}
