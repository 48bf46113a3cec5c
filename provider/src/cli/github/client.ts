import type { Octokit as Core } from "@octokit/core" with { "resolution-mode": "import" };
import type { PaginateInterface } from "@octokit/plugin-paginate-rest" with { "resolution-mode": "import" };
import { z } from "zod";
import { describeUnknown, ProblemError } from "../../core/errors";
import { registerSecret } from "../../core/redact";

/** GitHub's API, about one repository. */
export interface GithubClient {
  readonly request: Core["request"];
  readonly paginate: PaginateInterface;
  readonly repository: { readonly owner: string; readonly repo: string };
}

const environmentSchema = z.object({
  GITHUB_TOKEN: z.string().min(1),
  GITHUB_REPOSITORY: z.string().regex(/^[\w.-]+\/[\w.-]+$/),
  GITHUB_API_URL: z.url({ protocol: /^https?$/ }).default("https://api.github.com"),
});

const ignore = () => undefined;

/**
 * Opens the API that a job of GitHub Actions names by its environment.
 *
 * @throws ProblemError `github/environment`
 */
export async function openGithub(environment: NodeJS.ProcessEnv): Promise<GithubClient> {
  const parsed = environmentSchema.safeParse(environment);
  if (!parsed.success) throw environmentMissing(parsed.error);
  const { GITHUB_TOKEN: token, GITHUB_REPOSITORY: name, GITHUB_API_URL: baseUrl } = parsed.data;
  registerSecret(token);
  const [{ Octokit }, { paginateRest }, { retry }] = await Promise.all([
    import("@octokit/core"),
    import("@octokit/plugin-paginate-rest"),
    import("@octokit/plugin-retry"),
  ]);
  const octokit = new (Octokit.plugin(paginateRest, retry))({
    auth: token,
    baseUrl,
    userAgent: "pulumi-superset",
    request: { fetch: fetchInTime },
    // What it has to say is in the errors.
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  });
  const [owner = "", repo = ""] = name.split("/");
  return { request: octokit.request, paginate: octokit.paginate, repository: { owner, repo } };
}

function fetchInTime(url: string, options: RequestInit): Promise<Response> {
  return fetch(url, { ...options, signal: AbortSignal.timeout(60_000) });
}

/** For what would be there twice if the answer to the first attempt was lost. */
export const ONCE = { request: { retries: 0 } };

const failureSchema = z.object({
  status: z.number(),
  response: z.object({ data: z.object({ message: z.string() }) }).optional(),
});

/**
 * Does something with the API; what GitHub refuses becomes a problem that says what to do.
 *
 * @param task for people: `comment on #7`
 * @throws ProblemError `github/refused`, `github/failed`
 */
export async function askGithub<T>(task: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { data } = failureSchema.safeParse(error);
    const said = error instanceof z.ZodError ? `it answered something else:\n${z.prettifyError(error)}` : undefined;
    const why = data?.response?.data.message ?? said ?? describeUnknown(error);
    const isRefused = data !== undefined && [401, 403, 404].includes(data.status);
    throw new ProblemError({
      code: isRefused ? "github/refused" : "github/failed",
      summary: `GitHub did not let us ${task}${data === undefined ? "" : ` (status ${data.status})`}.`,
      why,
      remedy: isRefused
        ? "Give the job `pull-requests: write` for comments or `issues: write` for issues, and the step GITHUB_TOKEN."
        : "Run the step again.",
      cause: error,
    });
  }
}

function environmentMissing(error: z.ZodError): ProblemError {
  return new ProblemError({
    code: "github/environment",
    summary: `This runs in a job of GitHub Actions: ${error.issues.map(({ path }) => path.join(".")).join(", ")} missing or wrong.`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
    remedy: "Give the step `env: GITHUB_TOKEN: ${{ github.token }}`; the runner sets the rest.",
    exitCode: 2,
  });
}
