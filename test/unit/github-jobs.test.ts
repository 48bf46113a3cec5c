import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GithubClient, openGithub } from "../../provider/src/github/client";
import { putComment } from "../../provider/src/github/comment";
import { createDeployment, setDeploymentState } from "../../provider/src/github/deployments";
import { addLabels } from "../../provider/src/github/labels";
import { readPermission } from "../../provider/src/github/permission";
import { readPullRequest } from "../../provider/src/github/pull-request";
import { hasRunEnded } from "../../provider/src/github/runs";
import { BOT, type GithubStandIn, startGithub } from "../support/github-stand-in";

const COMMIT = "b".repeat(40);
const CLAIM = { runId: 99, runAttempt: 2, host: "runner", pid: 4711 };
const WANTED = { commit: COMMIT, environment: "pr-7", claim: CLAIM, description: "Starting" };

let github: GithubStandIn;
let client: GithubClient;
beforeEach(async () => {
  github = await startGithub();
  client = await openGithub(github.environment);
  github.openPullRequest({ number: 7 });
});
afterEach(() => github.close());

describe("a deployment", () => {
  it("carries the claim of its job, and is found again by it", async () => {
    const id = await createDeployment(client, WANTED);
    const { deployments } = await readPullRequest(client, 7, "showtime");
    expect(deployments).toMatchObject([{ id, commit: COMMIT, state: undefined, claim: CLAIM }]);
  });

  it("of a person's machine has no run", async () => {
    await createDeployment(client, { ...WANTED, claim: { ...CLAIM, runId: undefined, runAttempt: undefined } });
    const [{ claim } = {}] = (await readPullRequest(client, 7, "showtime")).deployments;
    expect(claim).toEqual({ runId: undefined, runAttempt: undefined, host: "runner", pid: 4711 });
  });

  it("says where the environment is, and makes the earlier ones inactive with the same request", async () => {
    const ids = [await createDeployment(client, WANTED), await createDeployment(client, WANTED)] as const;
    const id = await createDeployment(client, WANTED);
    const before = github.requests.length;
    await setDeploymentState(client, id, {
      ...{ state: "success", url: "http://127.77.0.1:8080", description: "It runs." },
      replaces: [...ids, id],
    });
    expect(github.requests).toHaveLength(before + 1);
    expect((await readPullRequest(client, 7, "showtime")).deployments).toMatchObject([
      { id, state: "success", url: "http://127.77.0.1:8080" },
      { id: ids[1], state: "inactive", url: undefined },
      { id: ids[0], state: "inactive", url: undefined },
    ]);
  });

  it("is set although an earlier one was deleted; one that is gone itself is a problem", async () => {
    const id = await createDeployment(client, WANTED);
    await setDeploymentState(client, id, { state: "failure", description: "No.", replaces: ["DE_gone"] });
    expect(github.deployments("pr-7")).toMatchObject([{ statuses: [{ state: "failure" }] }]);
    const gone = setDeploymentState(client, "DE_gone", { state: "failure", description: "No." });
    await expect(gone).rejects.toMatchObject({ code: "github/refused" });
  });

  it("has a description as short as GitHub takes it, in one line", async () => {
    const id = await createDeployment(client, { ...WANTED, description: "x".repeat(500) });
    await setDeploymentState(client, id, { state: "failure", description: `No.\n${"🎪".repeat(500)}` });
    const [{ description = "", statuses = [] } = {}] = github.deployments("pr-7");
    expect(description).toHaveLength(140);
    expect(statuses[0]?.description).toMatch(/^No\. 🎪+…$/u);
  });

  it("is not made twice because an answer was lost", async () => {
    github.fail(502, 1);
    await expect(createDeployment(client, WANTED)).rejects.toMatchObject({ code: "github/failed" });
    expect(github.requests).toHaveLength(1);
  });

  it("that may not be made says which permission is missing", async () => {
    github.fail(403, 1);
    const error = await createDeployment(client, WANTED).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/refused", remedy: expect.stringContaining("deployments: write") });
    expect(JSON.stringify(error)).not.toContain(github.token);
  });
});

describe("what somebody may do", () => {
  it.each([
    ["admin", "admin"],
    ["maintain", "write"],
    ["write", "write"],
    ["triage", "read"],
    ["read", "read"],
    ["none", "none"],
  ] as const)("with the role %s is %s", async (role, permission) => {
    github.setRole("ann", role);
    expect(await readPermission(client, "Ann")).toBe(permission);
  });

  it.each(["nobody", "dependabot[bot]", "../../../user"])(
    "is nothing for %s, which GitHub does not know",
    async (login) => {
      expect(await readPermission(client, login)).toBe("none");
    },
  );

  it.each([500, 403, 429])("is not known where GitHub answers %d", async (status) => {
    github.setRole("ann", "admin");
    github.fail(status, 9, { reads: true });
    const impatient = { ...client, request: client.request.defaults({ request: { retries: 0 } }) };
    await expect(readPermission(impatient, "ann")).rejects.toMatchObject({ code: /github\/(failed|refused|limited)/ });
  });
});

describe("a run of GitHub Actions", () => {
  it.each([
    ["its attempt is completed", { attempt: 2, status: "completed" }, true],
    ["its attempt still works", { attempt: 2, status: "in_progress" }, false],
    ["its attempt waits", { attempt: 2, status: "queued" }, false],
    ["there is a newer attempt", { attempt: 3, status: "in_progress" }, true],
    ["only an older attempt is known", { attempt: 1, status: "completed" }, false],
  ] as const)("where %s: %o, ended %s", async (_, run, ended) => {
    github.setRun(99, run);
    expect(await hasRunEnded(client, 99, 2)).toBe(ended);
  });

  it("that GitHub does not know may still work", async () => {
    expect(await hasRunEnded(client, 99, 1)).toBe(false);
  });

  it("is not taken for ended because GitHub does not answer", async () => {
    github.fail(403, 1, { reads: true });
    await expect(hasRunEnded(client, 99, 1)).rejects.toMatchObject({ code: "github/refused" });
  });
});

describe("a comment that was read already", () => {
  const wanted = { number: 7, marker: "showtime", author: BOT };
  const MARK = "<!-- pulumi-superset: showtime -->\n";

  it("is edited with one request, and with none where it says the same", async () => {
    for (let index = 0; index < 150; index++) github.comment(7, `Comment ${index}`, "ann");
    github.comment(7, `${MARK}first`, BOT);
    const { comment: known } = await readPullRequest(client, 7, "showtime");
    const before = github.requests.length;
    expect(await putComment(client, { ...wanted, known, text: "second" })).toMatchObject({ outcome: "updated" });
    expect(github.requests).toHaveLength(before + 1);
    const { comment: again } = await readPullRequest(client, 7, "showtime");
    const after = github.requests.length;
    expect(await putComment(client, { ...wanted, known: again, text: "second" })).toMatchObject({
      outcome: "unchanged",
    });
    expect(github.requests).toHaveLength(after);
  });

  it("is written anew where somebody deleted it meanwhile", async () => {
    expect(await putComment(client, { ...wanted, known: { id: 1, body: "" }, text: "x" })).toMatchObject({
      outcome: "created",
    });
    expect(github.comments(7).map(({ body }) => body)).toEqual([`${MARK}x`]);
  });
});

describe("GitHub's limits", () => {
  it.each([403, 429])("are waited for as long as it says, for writes too (%d)", async (status) => {
    github.fail(status, 2, { headers: { "retry-after": "0" } });
    await createDeployment(client, WANTED);
    expect(github.deployments("pr-7")).toHaveLength(1);
    expect(github.requests).toHaveLength(3);
  });

  it.each([403, 429])("that stay are a problem of their own (%d)", async (status) => {
    github.fail(status, 9, { headers: { "retry-after": "0" } });
    const error = await addLabels(client, 7, ["x"]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/limited", remedy: expect.stringContaining("Wait") });
    expect(github.requests).toHaveLength(3);
  });

  it("are not waited for where that takes an hour, or where GitHub does not say", async () => {
    github.fail(403, 1, { headers: { "retry-after": "3600" } });
    await expect(addLabels(client, 7, ["x"])).rejects.toMatchObject({ code: "github/limited" });
    github.fail(403, 1, { headers: { "x-ratelimit-remaining": "0" } });
    await expect(addLabels(client, 7, ["x"])).rejects.toMatchObject({ code: "github/limited" });
    expect(github.requests).toHaveLength(2);
  });
});

describe("the repository", () => {
  it("is that of the settings, before that of the job", async () => {
    const client = await openGithub({ GITHUB_TOKEN: github.token }, "other/place");
    expect(client.repository).toEqual({ owner: "other", repo: "place" });
    const both = await openGithub(github.environment, "other/place");
    expect(both.repository).toEqual({ owner: "other", repo: "place" });
  });

  it.each([
    ["GITHUB_TOKEN", { GITHUB_REPOSITORY: "a/b" }],
    ["GITHUB_REPOSITORY", { GITHUB_TOKEN: "ghs_x" }],
  ])("cannot be opened without %s", async (name, environment) => {
    const error = openGithub(environment);
    await expect(error).rejects.toMatchObject({ code: "github/environment", summary: expect.stringContaining(name) });
  });
});
