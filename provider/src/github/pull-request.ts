import { z } from "zod";
import { ProblemError } from "../core/errors";
import { nameStack } from "../showtime/names";
import type { PullRequestFacts } from "../showtime/pull-request";
import { ACTOR, actorSchema, readLogin } from "./actors";
import { askGithub, readGraphqlFailure } from "./ask";
import type { GithubClient } from "./client";
import { DEPLOYMENT, deploymentSchema } from "./deployments";
import { formatMarker } from "./message";
import { PAGE, PAGE_INFO, pageSchema, readPages } from "./pages";
import { USUAL_AUTHOR } from "./usual-author";

/** Fragment of queries: names of labels. */
export const LABELS = `nodes { name } ${PAGE_INFO}`;
const COMMENTS = `nodes { fullDatabaseId body viewerDidAuthor author { ${ACTOR} } } ${PAGE_INFO}`;

/** Newer deployments than these never were many at once. */
const DEPLOYMENTS = 20;

const QUERY = `query ($owner: String!, $repo: String!, $number: Int!, $environment: String!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) {
      number state headRefOid isCrossRepository body
      author { ${ACTOR} }
      labels(first: ${PAGE}) { ${LABELS} }
      comments(first: ${PAGE}) { ${COMMENTS} }
      timelineItems(last: ${PAGE}, itemTypes: [LABELED_EVENT]) {
        nodes { ... on LabeledEvent { label { name } actor { ${ACTOR} } } }
      }
    }
    deployments(
      environments: [$environment], first: ${DEPLOYMENTS}, orderBy: { field: CREATED_AT, direction: DESC }
    ) { nodes { ${DEPLOYMENT} } }
  }
}`;

const MORE_LABELS = `query ($owner: String!, $repo: String!, $number: Int!, $cursor: String!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) { labels(first: ${PAGE}, after: $cursor) { ${LABELS} } }
  }
}`;

const MORE_COMMENTS = `query ($owner: String!, $repo: String!, $number: Int!, $cursor: String!) {
  repository(owner: $owner, name: $repo) {
    pullRequest(number: $number) { comments(first: ${PAGE}, after: $cursor) { ${COMMENTS} } }
  }
}`;

/** State of a pull request. */
export const stateSchema = z
  .enum(["OPEN", "CLOSED", "MERGED"])
  .transform((state) => state.toLowerCase() as PullRequestFacts["state"]);

/** A commit, whole. */
export const commitSchema = z.string().regex(/^[0-9a-f]{40}$/);

/** One page of labels. */
export const labelsSchema = pageSchema(z.object({ name: z.string() }));

const commentsSchema = pageSchema(
  z.object({
    fullDatabaseId: z.coerce.number().int().positive(),
    body: z.string(),
    viewerDidAuthor: z.boolean(),
    author: actorSchema,
  }),
);

const answerSchema = z.object({
  repository: z.object({
    pullRequest: z.object({
      number: z.int(),
      state: stateSchema,
      headRefOid: commitSchema,
      isCrossRepository: z.boolean(),
      body: z.string(),
      author: actorSchema,
      labels: labelsSchema,
      comments: commentsSchema,
      timelineItems: z.object({
        nodes: z.array(z.object({ label: z.object({ name: z.string() }), actor: actorSchema })),
      }),
    }),
    deployments: z.object({ nodes: z.array(deploymentSchema) }),
  }),
});

type Answer = z.output<typeof answerSchema>["repository"]["pullRequest"];

/**
 * Reads a pull request, its labels and who set them, the comment of this tool, and the deployments to its environment:
 * one request where there are no more than 100 labels, and the comment is among the first 100.
 *
 * @param commentMarker of the comment of this tool
 * @throws ProblemError `github/no-pull-request`, `github/refused`, `github/limited`, `github/failed`
 */
export function readPullRequest(
  client: GithubClient,
  number: number,
  commentMarker: string,
): Promise<PullRequestFacts> {
  const { graphql, repository } = client;
  return askGithub(`read #${number}`, "pull-requests: read, deployments: read", async () => {
    const variables = { ...repository, number, environment: nameStack(number) };
    const answer = await graphql(QUERY, variables).catch((error: unknown) => {
      throw isMissing(error) ? noPullRequest(client, number) : error;
    });
    const { pullRequest, deployments } = answerSchema.parse(answer).repository;
    const labels = await readAllLabels(client, number, pullRequest.labels);
    return {
      number: pullRequest.number,
      state: pullRequest.state,
      head: pullRequest.headRefOid,
      isFork: pullRequest.isCrossRepository,
      body: pullRequest.body,
      author: readLogin(pullRequest.author) ?? "ghost",
      labels,
      labelledBy: readLabellers(pullRequest, labels),
      comment: await findComment(client, number, pullRequest.comments, commentMarker),
      deployments: deployments.nodes,
    };
  });
}

function isMissing(error: unknown): boolean {
  const errors = readGraphqlFailure(error)?.errors ?? [];
  return errors.some(({ type, path }) => type === "NOT_FOUND" && path?.join(".") === "repository.pullRequest");
}

/** No pull request has this number; an issue may. */
export function noPullRequest({ repository: { owner, repo } }: GithubClient, number: number): ProblemError {
  return new ProblemError({
    code: "github/no-pull-request",
    summary: `${owner}/${repo} has no pull request #${number}.`,
    remedy: "Look at the number, and at the repository: GITHUB_REPOSITORY or that of the settings.",
    exitCode: 2,
  });
}

/** The names of all labels of a pull request whose first page is known. */
export async function readAllLabels(
  { graphql, repository }: GithubClient,
  number: number,
  first: z.output<typeof labelsSchema>,
): Promise<string[]> {
  const schema = z.object({ repository: z.object({ pullRequest: z.object({ labels: labelsSchema }) }) });
  const all = await readPages(first, async (cursor) => {
    const answer = await graphql(MORE_LABELS, { ...repository, number, cursor });
    return schema.parse(answer).repository.pullRequest.labels;
  });
  return all.map(({ name }) => name);
}

/** Who set a label last; GitHub knows of the last hundred settings. */
function readLabellers({ timelineItems }: Answer, labels: readonly string[]): Record<string, string> {
  // Labels are the same in upper and lower case.
  const present = new Map(labels.map((name) => [name.toLowerCase(), name]));
  const found = new Map<string, string | undefined>();
  for (const { label, actor } of timelineItems.nodes) {
    const name = present.get(label.name.toLowerCase());
    if (name !== undefined) found.set(name, readLogin(actor));
  }
  return Object.fromEntries([...found].flatMap(([name, login]) => (login === undefined ? [] : [[name, login]])));
}

/**
 * The comment with a marker, by this token's account or by the one that jobs have: anybody can copy a marker. What is
 * behind the first page is read only until it is found.
 */
async function findComment(
  { graphql, repository }: GithubClient,
  number: number,
  first: z.output<typeof commentsSchema>,
  marker: string,
): Promise<PullRequestFacts["comment"]> {
  const schema = z.object({ repository: z.object({ pullRequest: z.object({ comments: commentsSchema }) }) });
  let page = first;
  for (;;) {
    const own = page.nodes.find(
      ({ body, viewerDidAuthor, author }) =>
        (viewerDidAuthor || readLogin(author) === USUAL_AUTHOR) && hasMarker(body, marker),
    );
    if (own !== undefined) return { id: own.fullDatabaseId, body: own.body };
    const { hasNextPage, endCursor } = page.pageInfo;
    if (!hasNextPage || endCursor === null) return undefined;
    const answer = await graphql(MORE_COMMENTS, { ...repository, number, cursor: endCursor });
    page = schema.parse(answer).repository.pullRequest.comments;
  }
}

function hasMarker(body: string, marker: string): boolean {
  return body.split(/\r?\n/, 1)[0] === formatMarker(marker);
}
