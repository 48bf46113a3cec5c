import { type AwsClients, openAws } from "../../aws/clients";
import { type GithubClient, openGithub } from "../../github/client";
import type { ShowtimeSettings } from "../../showtime/settings";
import { readShowtimeSettings } from "./settings-file";

/** Where the commands look and write. */
export interface Places {
  readonly settings: ShowtimeSettings;
  readonly aws: AwsClients;
  readonly github: GithubClient;
}

/** What of the settings a command may say itself. */
interface PlacesOptions {
  /** Folder of Pulumi.yaml and showtime.yaml, or one below it. */
  readonly cwd: string;
  /** The longest time to live. */
  readonly maxAge?: string | undefined;
}

/**
 * Reads the settings, and opens AWS and GitHub with what the environment says; nobody is asked yet.
 *
 * @throws ProblemError `showtime/no-settings`, `showtime/settings-invalid`, `github/environment`
 */
export async function openPlaces({ cwd, maxAge }: PlacesOptions): Promise<Places> {
  const read = readShowtimeSettings(cwd);
  const github = await openGithub({
    ...process.env,
    ...(read.repository !== undefined && { GITHUB_REPOSITORY: read.repository }),
  });
  const { owner, repo } = github.repository;
  const settings = { ...read, repository: `${owner}/${repo}`, ...(maxAge !== undefined && { maxAge }) };
  return { settings, aws: openAws(settings), github };
}
