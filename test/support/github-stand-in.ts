import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { answerGraphql, isMutation } from "./github/graphql";
import { addDeployment, jobOperations } from "./github/jobs";
import { attachLabel, definitionOperations, labelOperations, listLabels } from "./github/labels";
import { addComment, addIssue, listComments, messageOperations } from "./github/messages";
import { type Answer, matchRoute, notFound } from "./github/operation";
import { useReferee } from "./github/referee";
import {
  type Comment,
  createState,
  type Deployment,
  type GithubState,
  type Issue,
  type Label,
  type PullRequest,
  type Role,
  type Run,
} from "./github/state";

export { BOT } from "./github/state";

/** What is to be opened; what is not said has a usual value. */
export type WantedPullRequest = Pick<PullRequest, "number"> & Partial<Omit<PullRequest, "labels">>;

/** What else a failure has. */
export interface FailureOptions {
  /** Whether requests that only read fail too. */
  readonly reads?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What is kept, and what came in. */
export interface GithubStandIn {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  /** What a job has in its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** `METHOD /path` of all requests, in their order. */
  readonly requests: string[];
  /** Comments of a pull request or issue. */
  comments(number: number): readonly Comment[];
  issues(): readonly Issue[];
  /** What somebody else writes. */
  comment(number: number, body: string, author: string): void;
  open(title: string, body: string, author: string): void;
  openPullRequest(wanted: WantedPullRequest): void;
  changePullRequest(number: number, change: Partial<Pick<PullRequest, "state" | "head" | "body">>): void;
  /** What somebody sets; undefined: an account that is gone since. */
  label(number: number, name: string, actor: string | undefined): void;
  unlabel(number: number, name: string): void;
  /** Names of the labels of a pull request. */
  labels(number: number): readonly string[];
  definitions(): readonly Label[];
  /** Deployments to an environment, newest last. */
  deployments(environment: string): readonly Deployment[];
  /** What another job made, or somebody else. */
  deploy(wanted: Pick<Deployment, "environment" | "commit" | "payload">): Deployment;
  setRun(id: number, run: Run): void;
  setRole(login: string, role: Role): void;
  /** Each answer comes so much later from now on. */
  delay(milliseconds: number): void;
  /** The next requests that change something fail with this status, as often as that. */
  fail(status: number, times: number, options?: FailureOptions): void;
  /** The next requests to GraphQL are answered with an error of this type, as often as that. */
  failGraphql(type: string, times: number): void;
  close(): Promise<void>;
}

/** What is to go wrong, and how slow all is. */
interface Troubles {
  failure: { status: number; left: number } & FailureOptions;
  graphql: { type: string; left: number };
  delay: number;
}

/**
 * One repository, as GitHub's API keeps it. Each request over REST and each answer is checked against GitHub's own
 * description of the API (`fixtures/github-api.json`); queries are executed with GitHub's public schema.
 */
export async function startGithub(): Promise<GithubStandIn> {
  const state = createState();
  const requests: string[] = [];
  const troubles: Troubles = { failure: { status: 500, left: 0 }, graphql: { type: "", left: 0 }, delay: 0 };
  const answer = createAnswers(state, troubles);
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const address = new URL(request.url ?? "/", state.url);
      requests.push(`${request.method} ${address.pathname}${address.search}`);
      const { status, body, headers } = attempt(() => answer(request, address, Buffer.concat(chunks).toString()));
      const limit = { "x-ratelimit-limit": "5000", "x-ratelimit-remaining": String(5000 - requests.length) };
      const send = () => {
        response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...limit, ...headers });
        response.end(body === undefined ? "" : JSON.stringify(body));
      };
      if (troubles.delay === 0) send();
      else void wait(troubles.delay).then(send);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    ...describeState(state),
    requests,
    delay: (milliseconds) => {
      troubles.delay = milliseconds;
    },
    fail: (status, left, options) => {
      troubles.failure = { status, left, ...options };
    },
    failGraphql: (type, left) => {
      troubles.graphql = { type, left };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What tests see and do behind the API's back. */
function describeState(state: GithubState) {
  const { url, repository, token } = state;
  const find = (number: number) => {
    const found = state.pullRequests.get(number);
    if (found === undefined) throw new Error(`there is no pull request #${number}`);
    return found;
  };
  return {
    ...{ url, repository, token },
    environment: { GITHUB_TOKEN: token, GITHUB_REPOSITORY: repository, GITHUB_API_URL: url },
    comments: (number) => listComments(state, number),
    issues: () => state.issues,
    comment: (number, body, author) => void addComment(state, number, body, author),
    open: (title, body, author) => void addIssue(state, title, body, author),
    openPullRequest: (wanted) => {
      const usual = { state: "open", body: "", author: "ann", isFork: false } as const;
      const head = wanted.number.toString(16).padStart(40, "0");
      const opened = { ...usual, head, ...wanted, labels: [] };
      state.commits.add(opened.head);
      state.pullRequests.set(wanted.number, opened);
    },
    changePullRequest: (number, change) => {
      if (change.head !== undefined) state.commits.add(change.head);
      Object.assign(find(number), change);
    },
    label: (number, name, actor) => attachLabel(state, find(number), name, actor),
    unlabel: (number, name) => {
      const found = find(number);
      found.labels = found.labels.filter((key) => key !== name.toLowerCase());
    },
    labels: (number) => listLabels(state, find(number)).map(({ name }) => name),
    definitions: () => [...state.labels.values()],
    deployments: (environment) => state.deployments.filter((deployment) => deployment.environment === environment),
    deploy: (wanted) => addDeployment(state, { ...wanted, description: "" }),
    setRun: (id, run) => void state.runs.set(id, run),
    setRole: (login, role) => void state.roles.set(login.toLowerCase(), role),
  } satisfies Partial<GithubStandIn>;
}

function createAnswers(state: GithubState, troubles: Troubles) {
  const referee = useReferee();
  const operations = [
    ...messageOperations(state),
    ...labelOperations(state),
    ...definitionOperations(state),
    ...jobOperations(state, referee),
  ];
  return ({ method = "GET", headers }: http.IncomingMessage, address: URL, text: string): Answer => {
    if (headers.authorization !== `token ${state.token}`) return { status: 401, body: { message: "Bad credentials" } };
    const raw: unknown = text === "" ? undefined : JSON.parse(text);
    const isGraphql = method === "POST" && address.pathname === "/graphql";
    const path = address.pathname.replace(`/repos/${state.repository}`, "/repos/{owner}/{repo}");
    const found = operations.flatMap((operation) => {
      const parts = matchRoute(operation.route, method, path);
      return parts === undefined ? [] : [{ ...operation, parts }];
    })[0];
    // Other repositories are not to be seen with this token.
    if (!isGraphql && (found === undefined || path === address.pathname)) return notFound();
    const failed = failOnce(troubles, isGraphql ? isMutation(raw) : method !== "GET");
    if (failed !== undefined) return failed;
    if (found === undefined) return failGraphqlOnce(troubles) ?? answerGraphql(state, raw);
    referee.checkRequest(found.route, address.searchParams, raw);
    const at = `${address.origin}${address.pathname}`;
    const made = found.run({ path: found.parts, query: address.searchParams, body: raw, address: at });
    referee.checkAnswer(found.route, made);
    return made;
  };
}

function failOnce({ failure }: Troubles, isChange: boolean): Answer | undefined {
  if (failure.left === 0 || !(isChange || failure.reads)) return undefined;
  failure.left--;
  return { status: failure.status, body: { message: "Something went wrong" }, headers: failure.headers ?? {} };
}

function failGraphqlOnce({ graphql }: Troubles): Answer | undefined {
  if (graphql.left === 0) return undefined;
  graphql.left--;
  const message = `GitHub says ${graphql.type}`;
  return { status: 200, body: { data: null, errors: [{ type: graphql.type, message }] } };
}

/** What the description forbids must not look like a failure of GitHub's that is worth another try. */
function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    return { status: 422, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}
