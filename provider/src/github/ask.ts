import { z } from "zod";
import { describeUnknown, ProblemError } from "../core/errors";

const restFailureSchema = z.object({
  status: z.number(),
  response: z
    .object({
      data: z.object({ message: z.string() }),
      headers: z.record(z.string(), z.unknown()).default({}),
    })
    .optional(),
});

const graphqlFailureSchema = z.object({
  name: z.literal("GraphqlResponseError"),
  data: z.unknown(),
  errors: z
    .array(
      z.object({
        message: z.string(),
        type: z.string().optional(),
        path: z.array(z.union([z.string(), z.number()])).optional(),
      }),
    )
    .min(1),
});

/** What GraphQL answered with errors in it: what it could answer, and what not. */
export type GraphqlFailure = z.output<typeof graphqlFailureSchema>;

/** Reads an error of GraphQL; undefined for others. */
export function readGraphqlFailure(error: unknown): GraphqlFailure | undefined {
  return graphqlFailureSchema.safeParse(error).data;
}

/** Why a request failed. */
interface Failure {
  readonly kind: "refused" | "limited" | "failed";
  /** As people see it in the summary. */
  readonly status: string | undefined;
  readonly why: string;
}

/**
 * Does something with the API; what GitHub refuses becomes a problem that says what to do.
 *
 * @param task for people: `comment on #7`
 * @param permission what a job's token must have: `pull-requests: write`; undefined for what no job asks
 * @throws ProblemError `github/refused`, `github/limited`, `github/failed`
 */
export async function askGithub<T>(task: string, permission: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const { kind, status, why } = readFailure(error);
    throw new ProblemError({
      code: `github/${kind}`,
      summary: `GitHub did not let us ${task}${status === undefined ? "" : ` (${status})`}.`,
      why,
      remedy: {
        refused: adviseRefused(permission),
        limited: "Wait, and run it again: too many requests were sent with this token.",
        failed: "Run it again.",
      }[kind],
      cause: error,
    });
  }
}

function adviseRefused(permission: string | undefined): string {
  const inJob = `In a job, give it \`${permission}\`, and the step GITHUB_TOKEN. Elsewhere, look`;
  const look = permission === undefined ? "Look" : inJob;
  return `${look} at GITHUB_TOKEN and GITHUB_REPOSITORY: the token must be valid, see that repository, and be allowed this.`;
}

/** The status of an answer over HTTP; undefined where there was none. */
export function readStatus(error: unknown): number | undefined {
  return restFailureSchema.safeParse(error).data?.status;
}

function readFailure(error: unknown): Failure {
  const graphql = readGraphqlFailure(error);
  if (graphql !== undefined) return readGraphqlErrors(graphql);
  const rest = restFailureSchema.safeParse(error).data;
  const said = error instanceof z.ZodError ? `it answered something else:\n${z.prettifyError(error)}` : undefined;
  const why = rest?.response?.data.message ?? said ?? describeUnknown(error);
  if (rest === undefined) return { kind: "failed", status: undefined, why };
  const headers = rest.response?.headers ?? {};
  const isLimit = "retry-after" in headers || headers["x-ratelimit-remaining"] === "0";
  const isLimited = rest.status === 429 || (rest.status === 403 && isLimit);
  const isRefused = [401, 403, 404].includes(rest.status);
  return { kind: isLimited ? "limited" : isRefused ? "refused" : "failed", status: `status ${rest.status}`, why };
}

const REFUSALS = ["FORBIDDEN", "NOT_FOUND", "INSUFFICIENT_SCOPES"];

function readGraphqlErrors({ errors }: GraphqlFailure): Failure {
  const types = [...new Set(errors.map(({ type }) => type))].filter((type) => type !== undefined);
  const isLimited = types.some((type) => type === "RATE_LIMITED" || type === "RATE_LIMIT");
  const isRefused = types.some((type) => REFUSALS.includes(type));
  return {
    kind: isLimited ? "limited" : isRefused ? "refused" : "failed",
    status: types.length === 0 ? undefined : types.join(", "),
    why: [...new Set(errors.map(({ message }) => message))].join("\n"),
  };
}
