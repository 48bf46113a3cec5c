import { z } from "zod";
import type { PullRequestFacts } from "../showtime/pull-request";
import { askGithub, readGraphqlFailure } from "./ask";
import type { GithubClient } from "./client";
import { PAGE, PAGE_INFO, pageSchema, readPages } from "./pages";
import { commitSchema, LABELS, labelsSchema, noPullRequest, readAllLabels, stateSchema } from "./pull-request";

/** How many pull requests are asked for at once. */
const AT_ONCE = 50;

/** What cleanup and lists want to know of a pull request. */
export type PullRequestState = Pick<PullRequestFacts, "state" | "head" | "labels">;

const pullRequestSchema = z.object({ state: stateSchema, headRefOid: commitSchema, labels: labelsSchema });

const answerSchema = z.object({ repository: z.record(z.string(), pullRequestSchema.nullable()) });

/**
 * Reads the states of many pull requests, each looked up by its number and never in a search index: one request for
 * each fifty. A number that no pull request has is undefined; where GitHub does not answer for one, all fails.
 */
export function readPullRequestStates(
  client: GithubClient,
  numbers: readonly number[],
): Promise<Map<number, PullRequestState | undefined>> {
  const wanted = [...new Set(numbers)];
  const chunks = Array.from({ length: Math.ceil(wanted.length / AT_ONCE) }, (_, index) =>
    wanted.slice(index * AT_ONCE, (index + 1) * AT_ONCE),
  );
  return askGithub("read pull requests", "pull-requests: read", async () => {
    const states = new Map<number, PullRequestState | undefined>();
    for (const chunk of chunks) {
      for (const [number, state] of await readChunk(client, chunk)) states.set(number, state);
    }
    return states;
  });
}

async function readChunk(
  client: GithubClient,
  numbers: readonly number[],
): Promise<[number, PullRequestState | undefined][]> {
  const { graphql, repository } = client;
  const fields = numbers.map(
    (number) => `pr${number}: pullRequest(number: ${number}) { state headRefOid labels(first: ${PAGE}) { ${LABELS} } }`,
  );
  const query = `query ($owner: String!, $repo: String!) {
    repository(owner: $owner, name: $repo) { ${fields.join("\n")} }
  }`;
  const answer = answerSchema.parse(await graphql(query, { ...repository }).catch(ignoreMissing)).repository;
  return Promise.all(
    numbers.map(async (number): Promise<[number, PullRequestState | undefined]> => {
      const found = answer[`pr${number}`];
      if (found === undefined) throw new Error(`it did not answer for #${number}`);
      if (found === null) return [number, undefined];
      const labels = await readAllLabels(client, number, found.labels);
      return [number, { state: found.state, head: found.headRefOid, labels }];
    }),
  );
}

/** The rest of an answer whose only errors are numbers that no pull request has. */
function ignoreMissing(error: unknown): unknown {
  const failure = readGraphqlFailure(error);
  const isPullRequest = (path: readonly (string | number)[] = []) =>
    path.length === 2 && path[0] === "repository" && /^pr\d+$/.test(String(path[1]));
  const isComplete = failure?.errors.every(({ type, path }) => type === "NOT_FOUND" && isPullRequest(path));
  if (failure === undefined || !isComplete) throw error;
  return failure.data;
}

/**
 * Reads the newest commit of a pull request, and its state.
 *
 * @throws ProblemError `github/no-pull-request`
 */
export async function readHead(
  client: GithubClient,
  number: number,
): Promise<Pick<PullRequestFacts, "head" | "state">> {
  const found = (await readPullRequestStates(client, [number])).get(number);
  if (found === undefined) throw noPullRequest(client, number);
  return { head: found.head, state: found.state };
}

/** A pull request that has some labels, and which. */
export interface LabelledPullRequest {
  readonly number: number;
  readonly state: PullRequestFacts["state"];
  readonly labels: readonly string[];
}

/** Most labels of this tool are on one pull request. */
const FEW = 20;

const usesSchema = pageSchema(z.object({ number: z.int(), state: stateSchema }));
const labelUsesSchema = z.object({ name: z.string(), pullRequests: usesSchema });
const USES = `nodes { number state } ${PAGE_INFO}`;

const LABEL_USES = `query ($owner: String!, $repo: String!, $cursor: String) {
  repository(owner: $owner, name: $repo) {
    labels(first: ${PAGE}, after: $cursor) {
      nodes { name pullRequests(first: ${FEW}) { ${USES} } } ${PAGE_INFO}
    }
  }
}`;

const MORE_USES = `query ($owner: String!, $repo: String!, $name: String!, $cursor: String!) {
  repository(owner: $owner, name: $repo) {
    label(name: $name) { pullRequests(first: ${PAGE}, after: $cursor) { ${USES} } }
  }
}`;

/** A label of the repository, and the pull requests that have it, open or not. */
export interface LabelUse {
  readonly name: string;
  readonly pullRequests: readonly Pick<LabelledPullRequest, "number" | "state">[];
}

/**
 * Lists the labels of a kind and who has them, from the labels themselves: one request for each hundred labels of the
 * repository.
 */
export function listLabelUses(client: GithubClient, isOurs: (name: string) => boolean): Promise<LabelUse[]> {
  return askGithub("list labelled pull requests", "pull-requests: read", async () => {
    const labels = (await readLabelPages(client)).filter(({ name }) => isOurs(name));
    const uses: LabelUse[] = [];
    for (const { name, pullRequests } of labels) {
      uses.push({ name, pullRequests: await readAllUses(client, name, pullRequests) });
    }
    return uses;
  });
}

/** All pull requests, open or not, that have labels of a kind. */
export async function listPullRequestsWithLabels(
  client: GithubClient,
  isOurs: (name: string) => boolean,
): Promise<LabelledPullRequest[]> {
  return groupByPullRequest(await listLabelUses(client, isOurs));
}

/** The same, by pull request. */
export function groupByPullRequest(uses: readonly LabelUse[]): LabelledPullRequest[] {
  const found = new Map<number, LabelledPullRequest>();
  for (const { name, pullRequests } of uses) {
    for (const { number, state } of pullRequests) {
      found.set(number, { number, state, labels: [...(found.get(number)?.labels ?? []), name] });
    }
  }
  return [...found.values()].sort((one, other) => one.number - other.number);
}

async function readLabelPages({ graphql, repository }: GithubClient): Promise<z.output<typeof labelUsesSchema>[]> {
  const schema = z.object({ repository: z.object({ labels: pageSchema(labelUsesSchema) }) });
  const ask = async (cursor: string | null) =>
    schema.parse(await graphql(LABEL_USES, { ...repository, cursor })).repository.labels;
  return readPages(await ask(null), ask);
}

async function readAllUses(
  { graphql, repository }: GithubClient,
  name: string,
  first: z.output<typeof usesSchema>,
): Promise<z.output<typeof usesSchema>["nodes"]> {
  const schema = z.object({ repository: z.object({ label: z.object({ pullRequests: usesSchema }) }) });
  return readPages(
    first,
    async (cursor) =>
      schema.parse(await graphql(MORE_USES, { ...repository, name, cursor })).repository.label.pullRequests,
  );
}
