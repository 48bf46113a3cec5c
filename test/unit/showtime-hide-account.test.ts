import { describe, expect, it } from "vitest";
import { openBoard } from "../../provider/src/cli/showtime/board";
import { reconcileWith } from "../../provider/src/cli/showtime/job";
import { pretendHost } from "../../provider/src/cli/showtime/pretended-host";
import { ProblemError } from "../../provider/src/core/errors";
import { openGithub } from "../../provider/src/github/client";
import { hideAccount } from "../../provider/src/showtime/hide-account";
import { startGithub } from "../support/github-stand-in";
import { NOW, settings } from "./showtime-support";

const DENIED =
  "User: arn:aws:sts::123456789012:assumed-role/shop-deploy/run is not authorized to perform: ecs:CreateService on resource: arn:aws-us-gov:ecs:eu-west-1:123456789012:service/shop/pr-7-abc1234.";

describe("what everybody reads", () => {
  it.each([
    [DENIED, "User: [ARN of sts] is not authorized to perform: ecs:CreateService on resource: [ARN of ecs]."],
    ["the role 'arn:aws:iam::123456789012:role/x', say", "the role '[ARN of iam]', say"],
    [
      "pull 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:a",
      "pull [account].dkr.ecr.eu-west-1.amazonaws.com/shop:a",
    ],
    ["in account 123456789012", "in account [account]"],
  ])("names no account: %s", (text, hidden) => {
    expect(hideAccount(text)).toBe(hidden);
  });

  it.each(["at 1769817600000 ms", "commit 123456789012345678901234567890abcdef1234", "12345678901 bytes", "10.0.0.1"])(
    "keeps what is none: %s",
    (text) => {
      expect(hideAccount(text)).toBe(text);
    },
  );
});

it("comment and deployment say why AWS refused, without its account; the command says all", async () => {
  const github = await startGithub();
  try {
    github.openPullRequest({ number: 7 });
    const now = () => NOW;
    const wait = () => Promise.resolve();
    const host = pretendHost({ settings: settings(), seconds: 0, now, wait });
    const summary = "There is no image 123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:a.";
    const problem = new ProblemError({ code: "aws/denied", summary, why: DENIED });
    const openStack = async (number: number) => ({
      ...(await host.openStack(number)),
      deploy: async () => ({ kind: "failed", problem }) as const,
    });
    const parties = {
      ...{ settings: settings(), now, wait, environment: {}, host: { ...host, openStack } },
      board: openBoard(await openGithub(github.environment)),
      putAssets: async () => ({ isDone: true, summary: "", problems: [] }),
    };
    const outcome = await reconcileWith(parties, 7, { request: "start", isCommand: true });
    expect(outcome.problem?.message).toContain("arn:aws:sts::123456789012:assumed-role/shop-deploy");
    const told = JSON.stringify([github.comments(7), github.deployments("pr-7")]);
    expect(told).toContain("[ARN of sts] is not authorized to perform: ecs:CreateService");
    expect(github.deployments("pr-7")[0]?.statuses.at(-1)?.description).toContain("[account].dkr.ecr");
    expect(told).not.toMatch(/123456789012|arn:/);
  } finally {
    await github.close();
  }
});
