import { readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { components } from "@octokit/openapi-types";
import { Ajv, type ValidateFunction } from "ajv";
import { z } from "zod";

type Comment = components["schemas"]["issue-comment"];
type Issue = components["schemas"]["issue"];
type User = components["schemas"]["simple-user"];

/** The account of a job's token. */
export const BOT = "github-actions[bot]";

/** What is kept, and what came in. */
export interface GithubStandIn {
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  /** `METHOD /path` of all requests, in their order. */
  readonly requests: string[];
  /** Comments of a pull request or issue. */
  comments(number: number): readonly Comment[];
  issues(): readonly Issue[];
  /** What somebody else writes. */
  comment(number: number, body: string, author: string): void;
  open(title: string, body: string, author: string): void;
  /** The next requests that change something fail with this status, as often as that. */
  fail(status: number, times: number): void;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

interface Operation {
  readonly route: string;
  readonly path: RegExp;
  readonly run: (request: { ids: number[]; query: URLSearchParams; body: Body }) => Answer;
}

const bodySchema = z.object({
  body: z.string().optional(),
  title: z.string().optional(),
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.literal("completed").optional(),
});

type Body = z.output<typeof bodySchema>;

const LONGEST_BODY = 65_536;

/**
 * Comments and issues of one repository, as GitHub's REST API keeps them. Each request and each answer is checked
 * against GitHub's own description of the API (`fixtures/github-api.json`).
 */
export async function startGithub(): Promise<GithubStandIn> {
  const referee = createReferee();
  const comments: Comment[] = [];
  const issues: Issue[] = [];
  const requests: string[] = [];
  let failures = { status: 500, left: 0 };
  let nextId = 1000;
  const [repository, token] = ["example/dashboards", "ghs_standInToken0123456789"];
  let url = "";

  const addComment = (number: number, body: string, author: string): Comment => {
    const comment = makeComment({ id: nextId++, number, body, author, url: `${url}/repos/${repository}` });
    comments.push(comment);
    return comment;
  };
  const addIssue = (title: string, body: string, author: string): Issue => {
    const issue = makeIssue({ id: nextId++, number: issues.length + 1, title, body, author, url, repository });
    issues.push(issue);
    return issue;
  };
  const ofNumber = (number: number) => comments.filter(({ issue_url: at }) => at.endsWith(`/${number}`));

  const operations: Operation[] = [
    {
      route: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      path: /^\/issues\/(\d+)\/comments$/,
      run: ({ ids: [number = 0], query }) => page(ofNumber(number), query, `${url}/issues/${number}/comments`),
    },
    {
      route: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
      path: /^\/issues\/(\d+)\/comments$/,
      run: ({ ids: [number = 0], body: { body = "" } }) => ({ status: 201, body: addComment(number, body, BOT) }),
    },
    {
      route: "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
      path: /^\/issues\/comments\/(\d+)$/,
      run: ({ ids: [id], body: { body = "" } }) => {
        const found = comments.find((comment) => comment.id === id);
        return found === undefined ? notFound() : { status: 200, body: Object.assign(found, { body }) };
      },
    },
    {
      route: "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
      path: /^\/issues\/comments\/(\d+)$/,
      run: ({ ids: [id] }) => {
        const at = comments.findIndex((comment) => comment.id === id);
        if (at < 0) return notFound();
        comments.splice(at, 1);
        return { status: 204 };
      },
    },
    {
      route: "GET /repos/{owner}/{repo}/issues",
      path: /^\/issues$/,
      run: ({ query }) => {
        const isWanted = ({ state, user }: Issue) =>
          (query.get("state") ?? "open") === state && (query.get("creator") ?? user?.login) === user?.login;
        return page(issues.filter(isWanted), query, `${url}/issues`);
      },
    },
    {
      route: "POST /repos/{owner}/{repo}/issues",
      path: /^\/issues$/,
      run: ({ body: { title = "", body = "" } }) => ({ status: 201, body: addIssue(title, body, BOT) }),
    },
    {
      route: "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
      path: /^\/issues\/(\d+)$/,
      run: ({ ids: [number], body }) => {
        const found = issues.find((issue) => issue.number === number);
        return found === undefined ? notFound() : { status: 200, body: Object.assign(found, body) };
      },
    },
  ];

  const answer = (method: string, address: URL, authorization: string, text: string): Answer => {
    if (authorization !== `token ${token}`) return { status: 401, body: { message: "Bad credentials" } };
    const path = address.pathname.replace(`/repos/${repository}`, "");
    const operation = operations.find((each) => each.route.startsWith(`${method} `) && each.path.test(path));
    if (operation === undefined) return notFound();
    if (method !== "GET" && failures.left > 0) {
      failures = { ...failures, left: failures.left - 1 };
      return { status: failures.status, body: { message: "Something went wrong" } };
    }
    const raw: unknown = text === "" ? undefined : JSON.parse(text);
    referee.checkRequest(operation.route, address.searchParams, raw);
    const body = bodySchema.parse(raw ?? {});
    if ((body.body ?? "").length > LONGEST_BODY) {
      return { status: 422, body: { message: "Validation Failed: body is too long (maximum is 65536 characters)" } };
    }
    const ids = (operation.path.exec(path) ?? []).slice(1).map(Number);
    const made = operation.run({ ids, query: address.searchParams, body });
    referee.checkAnswer(operation.route, made);
    return made;
  };

  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const method = request.method ?? "GET";
      const address = new URL(request.url ?? "/", url);
      requests.push(`${method} ${address.pathname}${address.search}`);
      const { status, body, headers } = attempt(() =>
        answer(method, address, request.headers.authorization ?? "", Buffer.concat(chunks).toString()),
      );
      response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
      response.end(body === undefined ? "" : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    repository,
    token,
    requests,
    comments: ofNumber,
    issues: () => issues,
    comment: (number, body, author) => void addComment(number, body, author),
    open: (title, body, author) => void addIssue(title, body, author),
    fail: (status, left) => {
      failures = { status, left };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** What the description forbids must not look like a failure of GitHub's that is worth another try. */
function attempt(work: () => Answer): Answer {
  try {
    return work();
  } catch (error) {
    return { status: 422, body: { message: error instanceof Error ? error.message : String(error) } };
  }
}

function notFound(): Answer {
  return { status: 404, body: { message: "Not Found" } };
}

/** 30 a page, at most 100, and a link to the next. */
function page(all: readonly unknown[], query: URLSearchParams, address: string): Answer {
  const size = Math.min(Number(query.get("per_page") ?? 30), 100);
  const at = Number(query.get("page") ?? 1);
  const body = all.slice((at - 1) * size, at * size);
  if (at * size >= all.length) return { status: 200, body };
  const next = new URLSearchParams(query);
  next.set("page", String(at + 1));
  const path = new URL(address).pathname;
  const link = `<${new URL(address).origin}/repos/example/dashboards${path}?${next.toString()}>; rel="next"`;
  return { status: 200, body, headers: { link } };
}

const NOW = "2026-01-01T00:00:00Z";

function makeUser(login: string): User {
  const page = `https://github.com/${login}`;
  return {
    ...{ login, id: login.length, node_id: "U_1", type: login.endsWith("[bot]") ? "Bot" : "User", site_admin: false },
    ...{ url: page, html_url: page, avatar_url: page, gravatar_id: "", followers_url: page, following_url: page },
    ...{ gists_url: page, starred_url: page, subscriptions_url: page, organizations_url: page, repos_url: page },
    ...{ events_url: page, received_events_url: page },
  };
}

interface Made {
  readonly id: number;
  readonly number: number;
  readonly body: string;
  readonly author: string;
  readonly url: string;
}

function makeComment({ id, number, body, author, url }: Made): Comment {
  return {
    ...{ id, body, node_id: `IC_${id}`, url: `${url}/issues/comments/${id}`, issue_url: `${url}/issues/${number}` },
    html_url: `https://github.com/example/dashboards/pull/${number}#issuecomment-${id}`,
    ...{ user: makeUser(author), created_at: NOW, updated_at: NOW, author_association: "NONE" },
  };
}

function makeIssue({ id, number, title, body, author, url, repository }: Made & { title: string; repository: string }) {
  const at = `${url}/repos/${repository}/issues/${number}`;
  return {
    ...{ id, number, title, body, node_id: `I_${id}`, url: at, repository_url: `${url}/repos/${repository}` },
    ...{
      labels_url: at,
      comments_url: at,
      events_url: at,
      html_url: `https://github.com/${repository}/issues/${number}`,
    },
    ...{ state: "open", user: makeUser(author), labels: [], assignee: null, assignees: [], milestone: null },
    ...{ locked: false, comments: 0, closed_at: null, created_at: NOW, updated_at: NOW, author_association: "NONE" },
  } satisfies Issue;
}

interface Described {
  readonly params?: readonly string[];
  readonly request: object | null;
  readonly responses: Readonly<Record<string, object | null>>;
}

/** Checks what goes in and out against GitHub's description of its API. */
function createReferee() {
  const file = join(import.meta.dirname, "../fixtures/github-api.json");
  const { operations } = JSON.parse(readFileSync(file, "utf8")) as { operations: Record<string, Described> };
  // It has formats and keywords of its own, which say nothing here.
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const known = new Map<object, ValidateFunction>();
  const check = (schema: object | null | undefined, value: unknown, what: string) => {
    if (schema === undefined || schema === null) return;
    const validate = known.get(schema) ?? ajv.compile(schema);
    known.set(schema, validate);
    if (!validate(value)) throw new Error(`${what} is not as GitHub describes it: ${ajv.errorsText(validate.errors)}`);
  };
  return {
    checkRequest(route: string, query: URLSearchParams, body: unknown) {
      const described = operations[route];
      const unknown = [...query.keys()].filter((name) => !described?.params?.includes(name));
      if (unknown.length > 0) throw new Error(`${route} has no parameter ${unknown.join(", ")}`);
      if (body !== undefined) check(described?.request, body, `the request ${route}`);
    },
    checkAnswer(route: string, { status, body }: Answer) {
      const responses = operations[route]?.responses ?? {};
      if (!(String(status) in responses) && status !== 404) throw new Error(`${route} never answers ${status}`);
      if (status < 300) check(responses[String(status)], body, `the answer to ${route}`);
    },
  };
}
