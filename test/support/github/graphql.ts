import { schema as github } from "@octokit/graphql-schema";
import { buildSchema, execute, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { z } from "zod";
import { listLabels } from "./labels";
import { listComments } from "./messages";
import type { Answer } from "./operation";
import { BOT, type Comment, type Deployment, type GithubState, type Label, type PullRequest } from "./state";

const requestSchema = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() });

let schema: GraphQLSchema | undefined;

/** GitHub's public schema. It is large, so it is read where it is needed, and without its descriptions. */
function readSchema(): GraphQLSchema {
  if (schema !== undefined) return schema;
  schema = buildSchema(github.idl.replace(/"""[\s\S]*?"""/g, ""), { assumeValid: true, noLocation: true });
  return schema;
}

/** Whether a request changes something. */
export function isMutation(body: unknown): boolean {
  return /^\s*mutation\b/.test(requestSchema.safeParse(body).data?.query ?? "");
}

/** Executes a query over what the stand-in keeps, with GitHub's public schema. */
export function answerGraphql(state: GithubState, body: unknown): Answer {
  const { query, variables } = requestSchema.parse(body);
  const described = readSchema();
  const document = parse(query);
  const wrong = validate(described, document);
  if (wrong.length > 0) return { status: 200, body: { errors: wrong.map(formatError) } };
  const result = execute({ schema: described, document, rootValue: rootOf(state), variableValues: variables });
  if (result instanceof Promise) throw new Error("a resolver waits");
  const { data = null, errors } = result;
  return { status: 200, body: { data, ...(errors && { errors: errors.map(formatError) }) } };
}

/** GitHub has the type of an error beside its message. */
function formatError({ message, path, locations, extensions }: GraphQLError) {
  return { ...(extensions.type === undefined ? {} : { type: extensions.type }), path, locations, message };
}

function missing(what: string): GraphQLError {
  return new GraphQLError(`Could not resolve to ${what}.`, { extensions: { type: "NOT_FOUND" } });
}

interface StatusInput {
  readonly deploymentId: string;
  readonly state: string;
  readonly environmentUrl: string;
  readonly description: string;
}

function rootOf(state: GithubState) {
  return {
    repository: ({ owner, name }: { owner: string; name: string }) => {
      if (`${owner}/${name}` === state.repository) return repositoryOf(state);
      throw missing(`a Repository with the name '${owner}/${name}'`);
    },
    createDeploymentStatus: ({ input }: { input: StatusInput }) => {
      const found = state.deployments.find(({ id }) => id === input.deploymentId);
      if (found === undefined) throw missing(`a node with the global id of '${input.deploymentId}'`);
      const { description, environmentUrl: url } = input;
      if (description.length > 140) throw new GraphQLError("Description is too long (maximum is 140 characters)");
      found.statuses.push({ state: input.state.toLowerCase(), url, description });
      return { deploymentStatus: statusOf(found) };
    },
    removeLabelsFromLabelable: ({ input }: { input: LabelsInput }) => {
      const found = [...state.pullRequests.values()].find(
        ({ number }) => idOfPullRequest(number) === input.labelableId,
      );
      if (found === undefined) throw missing(`a node with the global id of '${input.labelableId}'`);
      found.labels = found.labels.filter((name) => !input.labelIds.includes(idOfLabel(name)));
      return {};
    },
    viewer: { login: BOT },
  };
}

interface LabelsInput {
  readonly labelableId: string;
  readonly labelIds: readonly string[];
}

const idOfPullRequest = (number: number) => `PR_${number}`;
const idOfLabel = (name: string) => `LA_${Buffer.from(name.toLowerCase()).toString("base64url")}`;

function repositoryOf(state: GithubState) {
  return {
    pullRequest: ({ number }: { number: number }) => {
      const found = state.pullRequests.get(number);
      if (found === undefined) throw missing(`a PullRequest with the number of ${number}`);
      return pullRequestOf(state, found);
    },
    // GitHub's search for labels answers some that do not match; this one answers all.
    labels: (range: Range) => connect([...state.labels.values()], range, (label) => labelOf(state, label)),
    label: ({ name }: { name: string }) => {
      const found = state.labels.get(name.toLowerCase());
      return found === undefined ? null : labelOf(state, found);
    },
    deployments: ({ environments, orderBy, ...range }: DeploymentRange) => {
      const found = state.deployments.filter(({ environment }) => environments?.includes(environment) ?? true);
      return connect(orderBy.direction === "DESC" ? found.toReversed() : found, range, deploymentOf);
    },
  };
}

interface DeploymentRange extends Range {
  readonly environments?: readonly string[];
  readonly orderBy: { readonly direction: "ASC" | "DESC" };
}

function pullRequestOf(state: GithubState, found: PullRequest) {
  const { number, body, head, isFork } = found;
  return {
    ...{
      id: idOfPullRequest(number),
      number,
      body,
      headRefOid: head,
      isCrossRepository: isFork,
      state: found.state.toUpperCase(),
    },
    author: actorOf(found.author),
    labels: (range: Range) => connect(listLabels(state, found), range, (label) => labelOf(state, label)),
    comments: (range: Range) => connect(listComments(state, number), range, commentOf),
    timelineItems: ({ itemTypes, ...range }: Range & { itemTypes?: readonly string[] }) => {
      const isWanted = itemTypes?.includes("LABELED_EVENT") ?? true;
      const events = isWanted ? state.labelEvents.filter((event) => event.number === number) : [];
      return connect(events, range, ({ label, actor }) => ({
        __typename: "LabeledEvent",
        label: { name: state.labels.get(label)?.name ?? label },
        actor: actor === undefined ? null : actorOf(actor),
      }));
    },
  };
}

function labelOf(state: GithubState, { name, color, description }: Label) {
  const users = () => [...state.pullRequests.values()].filter(({ labels }) => labels.includes(name.toLowerCase()));
  return {
    ...{ id: idOfLabel(name), name, color, description },
    pullRequests: (range: Range) => connect(users(), range, (found) => pullRequestOf(state, found)),
  };
}

function commentOf({ id, body, user }: Comment) {
  const login = user?.login;
  const author = login === undefined ? null : actorOf(login);
  return { fullDatabaseId: String(id), body, viewerDidAuthor: login === BOT, author };
}

function deploymentOf(found: Deployment) {
  const { id, commit, created, payload } = found;
  return {
    ...{ id, commitOid: commit, createdAt: created, payload: JSON.stringify(payload) },
    databaseId: Number(id.slice("DE_".length)),
    latestStatus: statusOf(found),
  };
}

function statusOf({ statuses }: Deployment) {
  const newest = statuses.at(-1);
  return newest === undefined ? null : { state: newest.state.toUpperCase(), environmentUrl: newest.url || null };
}

/** Bots go without their `[bot]` in GraphQL. */
function actorOf(login: string) {
  const isBot = login.endsWith("[bot]");
  return { __typename: isBot ? "Bot" : "User", login: isBot ? login.slice(0, -"[bot]".length) : login };
}

interface Range {
  readonly first?: number;
  readonly last?: number;
  readonly after?: string | null;
}

/** Part of a list, at most a hundred, as GitHub demands that one asks for it. */
function connect<T>(all: readonly T[], { first, last, after }: Range, show: (item: T) => object) {
  const size = first ?? last;
  if (size === undefined || size > 100) {
    throw new GraphQLError("Ask for at most 100 with `first` or `last`.", {
      extensions: { type: "EXCESSIVE_PAGINATION" },
    });
  }
  const from = after ? Number(after) : first === undefined ? Math.max(0, all.length - size) : 0;
  const to = Math.min(all.length, from + size);
  return {
    totalCount: all.length,
    nodes: all.slice(from, to).map(show),
    pageInfo: { hasNextPage: to < all.length, hasPreviousPage: from > 0, endCursor: to > from ? String(to) : null },
  };
}
