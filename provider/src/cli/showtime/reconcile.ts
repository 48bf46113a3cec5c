import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { readLogin } from "../../environment/login";
import { findProject } from "../project-files";
import { openBoard, silenceBoard } from "./board";
import type { DryRunOptions } from "./command-options";
import { openEngineHost } from "./engine-host";
import { reconcileWith } from "./job";
import type { Outcome } from "./outcome";
import type { Asked, Parties } from "./parties";
import type { Places } from "./places";
import { pretendHost } from "./pretended-host";

/** What a change works with, beside what is asked. */
export interface PartyOptions extends DryRunOptions {
  /** Folder of the branch's assets. Default: that of the settings, in the project of the working directory. */
  readonly assetsDir?: string | undefined;
  readonly cwd?: string;
}

/** AWS and GitHub, or pretended ones. */
export function openParties({ settings, aws, github }: Places, options: PartyOptions): Parties {
  const { dryRun, dryRunAws, dryRunGithub, awsSleep = 0 } = options;
  const wait = async (milliseconds: number, signal: AbortSignal) => {
    await setTimeout(milliseconds, undefined, { signal });
  };
  const now = () => new Date();
  const board = openBoard(github);
  return {
    ...{ settings, now, wait, environment: process.env },
    host: dryRunAws ? pretendHost({ settings, seconds: awsSleep, now, wait }) : openEngineHost(aws, settings),
    board: dryRunGithub || dryRun ? silenceBoard(board) : board,
    async putAssets(facts) {
      if (dryRunAws) return { isDone: true, summary: "AWS is pretended.", problems: [] };
      const [{ putAssets }, login] = await Promise.all([import("./put-assets.js"), readLogin(aws, settings, facts)]);
      const folder = options.assetsDir ?? join(findProject(options.cwd ?? ".").folder, settings.assets);
      const { url = facts.url ?? "", username, password } = login;
      return putAssets({ pullRequest: facts.pullRequest, folder, login: { url, username, password } });
    },
  };
}

/** Brings the environment of a pull request to what is asked. */
export function reconcile(places: Places, pullRequest: number, asked: Asked & PartyOptions): Promise<Outcome> {
  return reconcileWith(openParties(places, asked), pullRequest, asked);
}
