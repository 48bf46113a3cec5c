import type { components } from "@octokit/openapi-types";

/** A comment, as REST has it. */
export type Comment = components["schemas"]["issue-comment"];
/** An issue, as REST has it. */
export type Issue = components["schemas"]["issue"];
/** A label of the repository, as REST has it. */
export type Label = components["schemas"]["label"];
/** Roles that an account can have in the repository. */
export type Role = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** The account of a job's token. */
export const BOT = "github-actions[bot]";

/** A pull request, as far as anybody asks. */
export interface PullRequest {
  readonly number: number;
  state: "open" | "closed" | "merged";
  head: string;
  body: string;
  readonly author: string;
  readonly isFork: boolean;
  /** Names of labels in lower case: what they are the same by. */
  labels: string[];
}

/** Somebody set a label. */
export interface LabelEvent {
  readonly number: number;
  readonly label: string;
  /** Undefined: the account is gone. */
  readonly actor: string | undefined;
}

/** One status of a deployment. */
export interface DeploymentStatus {
  /** As `in_progress`. */
  readonly state: string;
  readonly url: string;
  readonly description: string;
}

/** A deployment, with all its statuses, newest last. */
export interface Deployment {
  readonly id: string;
  readonly environment: string;
  readonly commit: string;
  readonly created: string;
  readonly payload: unknown;
  readonly description: string;
  readonly statuses: DeploymentStatus[];
}

/** A run of GitHub Actions: its newest attempt. */
export interface Run {
  readonly attempt: number;
  readonly status: "queued" | "in_progress" | "completed";
}

/** All that the stand-in keeps. */
export interface GithubState {
  url: string;
  readonly repository: string;
  readonly token: string;
  readonly comments: Comment[];
  readonly issues: Issue[];
  readonly pullRequests: Map<number, PullRequest>;
  /** All that were ever the head of a pull request. */
  readonly commits: Set<string>;
  /** By name in lower case. */
  readonly labels: Map<string, Label>;
  readonly labelEvents: LabelEvent[];
  readonly deployments: Deployment[];
  readonly runs: Map<number, Run>;
  readonly roles: Map<string, Role>;
  nextId: number;
}

/** An empty repository. */
export function createState(): GithubState {
  return {
    url: "",
    repository: "example/dashboards",
    token: "ghs_standInToken0123456789",
    comments: [],
    issues: [],
    pullRequests: new Map(),
    commits: new Set(),
    labels: new Map(),
    labelEvents: [],
    deployments: [],
    runs: new Map(),
    roles: new Map(),
    nextId: 1000,
  };
}
