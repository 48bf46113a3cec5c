import { z } from "zod";
import { parseJson } from "../core/parse-json";
import { plainLine } from "../core/plain-text";
import type { DeploymentClaim, DeploymentFacts } from "../showtime/pull-request";
import { askGithub, readGraphqlFailure } from "./ask";
import { type GithubClient, ONCE } from "./client";

/** Fragment of queries: a deployment. Its number does not fit GraphQL's integers; its node id names it everywhere. */
export const DEPLOYMENT = "id commitOid createdAt payload latestStatus { state environmentUrl }";

/** What a payload begins with that is ours. */
const TOOL = "pulumi-superset";

const claimSchema = z
  .object({
    tool: z.literal(TOOL),
    runId: z.int().positive().optional(),
    runAttempt: z.int().positive().optional(),
    host: z.string(),
    pid: z.int(),
  })
  .transform(({ runId, runAttempt, host, pid }): DeploymentClaim => ({ runId, runAttempt, host, pid }));

/** A deployment, as GraphQL answers it. */
export const deploymentSchema = z
  .object({
    id: z.string(),
    commitOid: z.string(),
    createdAt: z.iso.datetime({ offset: true }),
    payload: z.string().nullable(),
    latestStatus: z.object({ state: z.string(), environmentUrl: z.string().nullable() }).nullable(),
  })
  .transform(
    ({ id, commitOid, createdAt, payload, latestStatus }): DeploymentFacts => ({
      id,
      commit: commitOid,
      created: new Date(createdAt),
      state: latestStatus?.state.toLowerCase(),
      url: latestStatus?.environmentUrl || undefined,
      claim: readClaim(payload),
    }),
  );

/** What a claim says; undefined where somebody else made the deployment. */
function readClaim(payload: string | null): DeploymentClaim | undefined {
  const value = parseJson(payload ?? "");
  // A payload that was handed over as text comes back as JSON of that text.
  return claimSchema.safeParse(typeof value === "string" ? parseJson(value) : value).data;
}

/** A deployment that is to be made. */
export interface WantedDeployment {
  /** All 40 characters. */
  readonly commit: string;
  /** On GitHub: `pr-1234`. */
  readonly environment: string;
  readonly claim: DeploymentClaim;
  readonly description: string;
}

/** States of a deployment that people see. */
export type DeploymentState = "queued" | "in_progress" | "success" | "failure" | "error" | "inactive";

/** What becomes of a deployment. */
export interface WantedState {
  readonly state: DeploymentState;
  /** Where people find it: "View deployment". */
  readonly url?: string | undefined;
  readonly description: string;
  /** Earlier deployments, which become inactive: GitHub does not do that for environments that come and go. */
  readonly replaces?: readonly string[];
}

/** What GitHub takes of a description. */
const LONGEST_DESCRIPTION = 140;

/**
 * Makes a deployment. It has no state before one is set.
 *
 * @returns its id
 */
export function createDeployment(
  { request, repository }: GithubClient,
  { commit, environment, claim, description }: WantedDeployment,
): Promise<string> {
  return askGithub(`make a deployment to ${environment}`, "deployments: write", async () => {
    const { data } = await request("POST /repos/{owner}/{repo}/deployments", {
      ...{ ...repository, ref: commit, environment, description: shorten(description) },
      // Without these, it would merge the default branch into that of the pull request, and wait for all checks.
      ...{ auto_merge: false, required_contexts: [] },
      ...{ transient_environment: true, production_environment: false },
      payload: { tool: TOOL, ...claim },
      ...ONCE,
    });
    return z.object({ node_id: z.string().min(1) }).parse(data).node_id;
  });
}

/** Sets the state of a deployment, and makes those inactive that it replaces: one request. */
export async function setDeploymentState(
  { graphql }: GithubClient,
  id: string,
  { state, url, description, replaces = [] }: WantedState,
): Promise<void> {
  const inactive = replaces.filter((other) => other !== id);
  const inputs = [
    { deploymentId: id, state: state.toUpperCase(), environmentUrl: url ?? "", description: shorten(description) },
    ...inactive.map((deploymentId) => ({ deploymentId, state: "INACTIVE", description: "Replaced or removed." })),
  ];
  const variables = Object.fromEntries(inputs.map((input, index) => [`input${index}`, input]));
  const declared = inputs.map((_, index) => `$input${index}: CreateDeploymentStatusInput!`).join(", ");
  const fields = inputs.map((_, at) => `set${at}: createDeploymentStatus(input: $input${at}) { clientMutationId }`);
  await askGithub(`set the state of a deployment to ${state}`, "deployments: write", () =>
    graphql(`mutation (${declared}) { ${fields.join(" ")} }`, variables).catch(ignoreGone),
  );
}

/** An earlier deployment may have been deleted meanwhile; the first is the one that this is about. */
function ignoreGone(error: unknown): void {
  const isGone = readGraphqlFailure(error)?.errors.every(
    ({ type, path }) => type === "NOT_FOUND" && path?.[0] !== "set0",
  );
  if (isGone !== true) throw error;
}

function shorten(text: string): string {
  const line = plainLine(text);
  if (line.length <= LONGEST_DESCRIPTION) return line;
  // Half of a character is none.
  return `${line.slice(0, LONGEST_DESCRIPTION - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}
