/** What is known of a pull request, out of GitHub alone. */
export interface PullRequestFacts {
  readonly number: number;
  readonly state: "open" | "closed" | "merged";
  /** The newest commit of its branch, all 40 characters. */
  readonly head: string;
  /** Whether its branch is in another repository. */
  readonly isFork: boolean;
  /** Its text; feature flags may stand there. Anybody can write anything. */
  readonly body: string;
  readonly author: string;
  /** Names of its labels. */
  readonly labels: readonly string[];
  /** Who set a label last, by the label's name; only for labels that it has now and GitHub still knows of. */
  readonly labelledBy: Readonly<Record<string, string>>;
  /** The comment of this tool, if there is one. */
  readonly comment: { readonly id: number; readonly body: string } | undefined;
  /** Deployments to its environment `pr-1234`, newest first. */
  readonly deployments: readonly DeploymentFacts[];
}

/** One deployment on GitHub; jobs claim a pull request with them. */
export interface DeploymentFacts {
  /** Node id: what GraphQL knows it by. Its number is not in GraphQL: it does not fit. */
  readonly id: string;
  readonly commit: string;
  readonly created: Date;
  /** Of the newest status, as `in_progress`; undefined where there is none. */
  readonly state: string | undefined;
  readonly url: string | undefined;
  /** What the claim said of itself: JSON in the payload; undefined where it is not ours. */
  readonly claim: DeploymentClaim | undefined;
}

/** Who claims a pull request. */
export interface DeploymentClaim {
  /** Run of GitHub Actions; undefined for a person's machine. */
  readonly runId: number | undefined;
  readonly runAttempt: number | undefined;
  /** As Pulumi's lock names its holder. */
  readonly host: string;
  readonly pid: number;
}
