import { createHash } from "node:crypto";
import { toBody } from "../../github/message";
import type { PullRequestFacts } from "../../showtime/pull-request";
import { type Board, COMMENT_MARKER } from "./board";

/** A pull request on a pretended GitHub. */
export interface PretendedBoard extends Board {
  /** Somebody sets a label. */
  setLabel(name: string): Promise<void>;
  /** Somebody pushes a commit. */
  push(): Promise<void>;
}

/** The account that does everything. */
const PERSON = "you";

/** GitHub as it would be: one pull request, open, whose branch has one commit. */
export function pretendBoard(number: number, now: () => Date): PretendedBoard {
  let commits = 1;
  const head = () => createHash("sha1").update(`${number} ${commits}`).digest("hex");
  let facts: PullRequestFacts = {
    ...{ number, state: "open", head: head(), isFork: false, body: "", author: PERSON },
    ...{ labels: [], labelledBy: {}, comment: undefined, deployments: [] },
  };
  const change = (changes: Partial<PullRequestFacts>) => {
    facts = { ...facts, ...changes };
  };
  return {
    read: async () => facts,
    findCommit: async () => facts.head,
    mayWrite: async () => true,
    hasRunEnded: async () => false,
    async claim(_number, commit, claim) {
      const id = `deployment ${facts.deployments.length + 1}`;
      const deployment = { id, commit, created: now(), state: undefined, url: undefined, claim };
      change({ deployments: [deployment, ...facts.deployments] });
      return id;
    },
    async putLabels(_number, { add, remove }) {
      change({ labels: [...facts.labels, ...add].filter((name) => !remove.includes(name)) });
    },
    async putComment(_pullRequest, text) {
      change({ comment: { id: 1, body: toBody(COMMENT_MARKER, text) } });
    },
    async setDeployment(id, { state, url, replaces = [] }) {
      const deployments = facts.deployments.map((deployment) => {
        if (replaces.includes(deployment.id)) return { ...deployment, state: "inactive" };
        return deployment.id === id ? { ...deployment, state, url } : deployment;
      });
      change({ deployments });
    },
    async setLabel(name) {
      change({ labels: [...facts.labels, name], labelledBy: { ...facts.labelledBy, [name]: PERSON } });
    },
    async push() {
      commits += 1;
      change({ head: head() });
    },
  };
}
