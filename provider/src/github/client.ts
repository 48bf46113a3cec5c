import type { Octokit as Core } from "@octokit/core" with { "resolution-mode": "import" };
import type { PaginateInterface } from "@octokit/plugin-paginate-rest" with { "resolution-mode": "import" };
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { NEVER_RETRIED, repeatLimited } from "./limits";

/** GitHub's API, about one repository. */
export interface GithubClient {
  readonly request: Core["request"];
  readonly paginate: PaginateInterface;
  readonly graphql: Core["graphql"];
  readonly repository: { readonly owner: string; readonly repo: string };
}

const repositorySchema = z.string().regex(/^[\w.-]+\/[\w.-]+$/);

const environmentSchema = z.object({
  GITHUB_TOKEN: z.string().min(1),
  GITHUB_REPOSITORY: repositorySchema,
  GITHUB_API_URL: z.url({ protocol: /^https?$/ }).default("https://api.github.com"),
});

const ignore = () => undefined;

/**
 * Opens the API that a job of GitHub Actions names by its environment.
 *
 * @param repository `owner/name`, where settings name one; default: that of the environment
 * @throws ProblemError `github/environment`
 */
export async function openGithub(environment: NodeJS.ProcessEnv, repository?: string): Promise<GithubClient> {
  const named = repository === undefined ? environment : { ...environment, GITHUB_REPOSITORY: repository };
  const parsed = environmentSchema.safeParse(named);
  if (!parsed.success) throw environmentMissing(parsed.error);
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: name, GITHUB_API_URL: baseUrl } = parsed.data;
  registerSecret(token);
  const [{ Octokit }, { paginateRest }, { retry }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-paginate-rest"),
    import("@octokit/plugin-retry"),
  ]);
  const octokit = new (Octokit.plugin(paginateRest, repeatLimited, retry))({
    auth: token,
    baseUrl,
    userAgent: "pulumi-superset",
    request: { fetch: fetchInTime },
    retry: { doNotRetry: NEVER_RETRIED },
    // What it has to say is in the errors.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const [owner = "", repo = ""] = name.split("/");
  const { request, paginate, graphql } = octokit;
  return { request, paginate, graphql, repository: { owner, repo } };
}

function fetchInTime(url: string, options: RequestInit): Promise<Response> {
  return fetch(url, { ...options, signal: AbortSignal.timeout(60_000) });
}

/** For what would be there twice if the answer to the first attempt was lost. */
export const ONCE = { request: { retries: 0 } };

function environmentMissing(error: z.ZodError): ProblemError {
  return new ProblemError({
    code: "github/environment",
    summary: `GitHub cannot be asked: ${error.issues.map(({ path }) => path.join(".")).join(", ")} missing or wrong.`,
    remedy: [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
      "In a job of GitHub Actions, give the step `env: GITHUB_TOKEN: ${{ github.token }}`; the runner sets the rest.",
      "Elsewhere, set GITHUB_TOKEN (`gh auth token` prints one), and GITHUB_REPOSITORY to owner/name.",
    ].join(" "),
    exitCode: 2,
  });
}
