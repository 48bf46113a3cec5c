import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GithubClient, openGithub } from "../../provider/src/github/client";
import { readPullRequest } from "../../provider/src/github/pull-request";
import { listPullRequestsWithLabels, readHead, readPullRequestStates } from "../../provider/src/github/pull-requests";
import { BOT, type GithubStandIn, startGithub } from "../support/github-stand-in";

const HEAD = "a".repeat(40);
const MARKER = "showtime";
const MARK = `<!-- pulumi-superset: ${MARKER} -->\n`;

let github: GithubStandIn;
let client: GithubClient;
beforeEach(async () => {
  github = await startGithub();
  client = await openGithub(github.environment);
});
afterEach(() => github.close());

const read = (number = 7) => readPullRequest(client, number, MARKER);

describe("a pull request", () => {
  it("is read with one request: labels, who set them, the comment, the deployments", async () => {
    github.openPullRequest({ number: 7, head: HEAD, body: "FEATURE_X=true", author: "mallory", isFork: true });
    github.label(7, "🎪 ⚡ showtime-trigger-start", "ann");
    github.comment(7, "Please look at it", "ann");
    github.comment(7, `${MARK}It runs.`, BOT);
    const claim = { runId: 99, runAttempt: 1, host: "runner", pid: 4711 };
    github.deploy({ environment: "pr-7", commit: HEAD, payload: { tool: "pulumi-superset", ...claim } });
    github.deploy({ environment: "pr-8", commit: HEAD, payload: {} });
    expect(await read()).toEqual({
      ...{ number: 7, state: "open", head: HEAD, isFork: true, body: "FEATURE_X=true", author: "mallory" },
      labels: ["🎪 ⚡ showtime-trigger-start"],
      labelledBy: { "🎪 ⚡ showtime-trigger-start": "ann" },
      comment: { id: expect.any(Number), body: `${MARK}It runs.` },
      deployments: [
        {
          ...{ id: expect.any(String), commit: HEAD, created: expect.any(Date) },
          ...{ state: undefined, url: undefined, claim },
        },
      ],
    });
    expect(github.requests).toEqual(["POST /graphql"]);
  });

  it.each(["closed", "merged"] as const)("says that it is %s", async (state) => {
    github.openPullRequest({ number: 7, state });
    expect(await read()).toMatchObject({ state });
    expect(await readHead(client, 7)).toMatchObject({ state });
  });

  it("that is not there is a problem of its own, for the fence too", async () => {
    await expect(read(404)).rejects.toMatchObject({ code: "github/no-pull-request" });
    await expect(readHead(client, 404)).rejects.toMatchObject({ code: "github/no-pull-request" });
  });

  it("of a repository that the token may not see says what the token needs", async () => {
    const elsewhere = await openGithub(github.environment, "example/secret");
    const error = await readPullRequest(elsewhere, 7, MARKER).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/refused", remedy: expect.stringContaining("deployments: read") });
  });

  it("has all of its labels and its comment, also behind hundreds", async () => {
    github.openPullRequest({ number: 7 });
    for (let index = 0; index < 230; index++) github.label(7, `label ${index}`, "ann");
    for (let index = 0; index < 230; index++) github.comment(7, `Comment ${index}`, "ann");
    github.comment(7, `${MARK}It runs.`, BOT);
    const { labels, comment } = await read();
    expect(labels).toHaveLength(230);
    expect(comment?.body).toBe(`${MARK}It runs.`);
    expect(github.requests).toHaveLength(5);
    expect((await readPullRequestStates(client, [7])).get(7)?.labels).toHaveLength(230);
  });

  it("does not take somebody else's comment for ours, although it has the marker", async () => {
    github.openPullRequest({ number: 7 });
    github.comment(7, `${MARK}It runs at http://evil.example`, "mallory");
    github.comment(7, `${MARK}It runs at http://evil.example`, "github-actions");
    github.comment(7, `A quote:\n${MARK}`, BOT);
    expect(await read()).toMatchObject({ comment: undefined });
  });
});

describe("who set a label", () => {
  beforeEach(() => github.openPullRequest({ number: 7 }));

  it("is who set it last, in whatever case it is written", async () => {
    github.label(7, "Start", "ann");
    github.unlabel(7, "Start");
    github.label(7, "START", "mallory");
    expect(await read()).toMatchObject({ labels: ["Start"], labelledBy: { Start: "mallory" } });
  });

  it("is a bot by the name that permissions are asked with", async () => {
    github.label(7, "start", "dependabot[bot]");
    expect((await read()).labelledBy).toEqual({ start: "dependabot[bot]" });
  });

  it("is nobody for a label that is gone, or whose setter is: who set it before does not count", async () => {
    github.label(7, "stop", "ann");
    github.unlabel(7, "stop");
    github.label(7, "start", "ann");
    github.unlabel(7, "start");
    github.label(7, "start", undefined);
    const { labels, labelledBy } = await read();
    expect({ labels, labelledBy }).toEqual({ labels: ["start"], labelledBy: {} });
  });

  it("is nobody where a hundred labels were set since", async () => {
    github.label(7, "start", "ann");
    for (let index = 0; index < 100; index++) {
      github.label(7, "other", "ann");
      github.unlabel(7, "other");
    }
    const { labels, labelledBy } = await read();
    expect({ labels, labelledBy }).toEqual({ labels: ["start"], labelledBy: {} });
  });
});

describe("deployments of a pull request", () => {
  it("come newest first, at most twenty, with their newest state", async () => {
    github.openPullRequest({ number: 7 });
    for (let index = 0; index < 30; index++) {
      const commit = index.toString(16).padStart(40, "0");
      const { statuses } = github.deploy({ environment: "pr-7", commit, payload: {} });
      statuses.push({ state: "in_progress", url: "", description: "" });
      statuses.push({ state: "success", url: `http://${index}.example`, description: "" });
    }
    const { deployments } = await read();
    expect(deployments).toHaveLength(20);
    expect(deployments[0]).toMatchObject({ state: "success", url: "http://29.example", claim: undefined });
    expect(deployments[19]).toMatchObject({ url: "http://10.example" });
  });

  it.each([
    ["text", "no JSON"],
    ["another tool's", { tool: "other", host: "a", pid: 1 }],
    ["none", null],
    ["half of ours", { tool: "pulumi-superset", host: "a" }],
    ["a list", ["pulumi-superset"]],
  ])("claim nothing where the payload is %s", async (_, payload) => {
    github.openPullRequest({ number: 7 });
    github.deploy({ environment: "pr-7", commit: HEAD, payload });
    expect((await read()).deployments).toMatchObject([{ claim: undefined }]);
  });

  it("claim for a person's machine without a run, and in text as in JSON", async () => {
    github.openPullRequest({ number: 7 });
    const payload = { tool: "pulumi-superset", host: "laptop", pid: 1 };
    github.deploy({ environment: "pr-7", commit: HEAD, payload: JSON.stringify(payload) });
    const [{ claim } = {}] = (await read()).deployments;
    expect(claim).toEqual({ runId: undefined, runAttempt: undefined, host: "laptop", pid: 1 });
  });
});

describe("many pull requests", () => {
  it("are looked up fifty at once, each by its number", async () => {
    const numbers = Array.from({ length: 200 }, (_, index) => index + 1);
    for (const number of numbers) github.openPullRequest({ number, state: number % 2 === 0 ? "open" : "closed" });
    github.label(200, "🎪 🧊 showtime-freeze", "ann");
    const states = await readPullRequestStates(client, [...numbers, 1, 999]);
    expect(states.size).toBe(201);
    expect(states.get(1)).toMatchObject({ state: "closed", labels: [] });
    expect(states.get(200)).toMatchObject({ state: "open", labels: ["🎪 🧊 showtime-freeze"] });
    expect([states.has(999), states.get(999)]).toEqual([true, undefined]);
    expect(github.requests).toHaveLength(5);
  });

  it("are none without a request", async () => {
    expect(await readPullRequestStates(client, [])).toEqual(new Map());
    expect(github.requests).toEqual([]);
  });

  it.each(["FORBIDDEN", "RATE_LIMITED", "SOMETHING_ELSE", "NOT_FOUND"])(
    "are never taken for gone because GitHub says %s",
    async (type) => {
      github.openPullRequest({ number: 7 });
      github.failGraphql(type, 1);
      const code = { RATE_LIMITED: "limited", SOMETHING_ELSE: "failed" }[type] ?? "refused";
      await expect(readPullRequestStates(client, [7])).rejects.toMatchObject({ code: `github/${code}` });
    },
  );

  it("are never taken for gone because GitHub cannot be reached", async () => {
    await github.close();
    const impatient = { ...client, graphql: client.graphql.defaults({ request: { retries: 0 } }) };
    await expect(readPullRequestStates(impatient, [7])).rejects.toMatchObject({ code: "github/failed" });
  });
});

describe("pull requests that have labels of the tool", () => {
  const isOurs = (name: string) => name.startsWith("🎪 ");

  it("are found by the labels, closed or not, and others are not", async () => {
    github.openPullRequest({ number: 1, state: "merged" });
    github.openPullRequest({ number: 2 });
    github.openPullRequest({ number: 3 });
    github.label(1, "🎪 abc1234 🚦 running", "ann");
    github.label(1, "🎪 🎯 abc1234", "ann");
    github.label(2, "🎪 🧊 showtime-freeze", "ann");
    github.label(3, "size/M", "ann");
    expect(await listPullRequestsWithLabels(client, isOurs)).toEqual([
      { number: 1, state: "merged", labels: ["🎪 abc1234 🚦 running", "🎪 🎯 abc1234"] },
      { number: 2, state: "open", labels: ["🎪 🧊 showtime-freeze"] },
    ]);
    expect(github.requests).toHaveLength(1);
  });

  it("are found behind hundreds of labels, and behind hundreds of pull requests of one label", async () => {
    github.openPullRequest({ number: 1 });
    for (let index = 0; index < 230; index++) github.label(1, `label ${index}`, "ann");
    for (let number = 2; number < 200; number++) {
      github.openPullRequest({ number, state: "closed" });
      github.label(number, "🎪 ⌛ 24h", "ann");
    }
    const found = await listPullRequestsWithLabels(client, isOurs);
    expect(found.map(({ number }) => number)).toEqual(Array.from({ length: 198 }, (_, index) => index + 2));
    expect(github.requests.length).toBeLessThanOrEqual(5);
  });
});
