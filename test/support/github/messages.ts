import type { components } from "@octokit/openapi-types";
import { z } from "zod";
import { invalid, notFound, type Operation, page, readBody } from "./operation";
import { BOT, type Comment, type GithubState, type Issue } from "./state";

const LONGEST_BODY = 65_536;
const NOW = "2026-01-01T00:00:00Z";

const bodySchema = z.object({ body: z.string().optional() });

const issueSchema = bodySchema.extend({
  title: z.string().optional(),
  state: z.enum(["open", "closed"]).optional(),
  state_reason: z.literal("completed").optional(),
});

/** Writes a comment, as anybody. */
export function addComment(state: GithubState, number: number, body: string, author: string): Comment {
  const comment = makeComment({ id: state.nextId++, number, body, author, url: repositoryUrl(state) });
  state.comments.push(comment);
  return comment;
}

/** Opens an issue, as anybody. */
export function addIssue(state: GithubState, title: string, body: string, author: string): Issue {
  const { url, repository, issues } = state;
  const issue = makeIssue({ id: state.nextId++, number: issues.length + 1, title, body, author, url, repository });
  issues.push(issue);
  return issue;
}

/** Comments of a pull request or issue. */
export function listComments({ comments }: GithubState, number: number): Comment[] {
  return comments.filter(({ issue_url: at }) => at.endsWith(`/${number}`));
}

/** Comments and issues. */
export function messageOperations(state: GithubState): Operation[] {
  const { comments, issues } = state;
  return [
    {
      route: "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
      run: (request) => page(listComments(state, Number(request.path.issue_number)), request),
    },
    {
      route: "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
      run: (request) => {
        const { body = "" } = readBody(bodySchema, request);
        if (body.length > LONGEST_BODY) return tooLong();
        return { status: 201, body: addComment(state, Number(request.path.issue_number), body, BOT) };
      },
    },
    {
      route: "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
      run: (request) => {
        const { body = "" } = readBody(bodySchema, request);
        if (body.length > LONGEST_BODY) return tooLong();
        const found = comments.find(({ id }) => id === Number(request.path.comment_id));
        return found === undefined ? notFound() : { status: 200, body: Object.assign(found, { body }) };
      },
    },
    {
      route: "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
      run: ({ path }) => {
        const at = comments.findIndex(({ id }) => id === Number(path.comment_id));
        if (at < 0) return notFound();
        comments.splice(at, 1);
        return { status: 204 };
      },
    },
    {
      route: "GET /repos/{owner}/{repo}/issues",
      run: (request) => {
        const { query } = request;
        const isWanted = ({ state: its, user }: Issue) =>
          (query.get("state") ?? "open") === its && (query.get("creator") ?? user?.login) === user?.login;
        return page(issues.filter(isWanted), request);
      },
    },
    {
      route: "POST /repos/{owner}/{repo}/issues",
      run: (request) => {
        const { title = "", body = "" } = readBody(issueSchema, request);
        return body.length > LONGEST_BODY ? tooLong() : { status: 201, body: addIssue(state, title, body, BOT) };
      },
    },
    {
      route: "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
      run: (request) => {
        const change = readBody(issueSchema, request);
        if ((change.body ?? "").length > LONGEST_BODY) return tooLong();
        const found = issues.find(({ number }) => number === Number(request.path.issue_number));
        return found === undefined ? notFound() : { status: 200, body: Object.assign(found, change) };
      },
    },
  ];
}

function tooLong() {
  return invalid("Validation Failed: body is too long (maximum is 65536 characters)");
}

function repositoryUrl({ url, repository }: GithubState): string {
  return `${url}/repos/${repository}`;
}

/** An account, as REST has it. */
export function makeUser(login: string): components["schemas"]["simple-user"] {
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
