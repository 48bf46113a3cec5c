import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { formatOutput } from "../../provider/src/cli/github/outputs";
import { openGithub } from "../../provider/src/github/client";
import { putComment } from "../../provider/src/github/comment";
import { putIssue } from "../../provider/src/github/issue";
import { LONGEST_BODY } from "../../provider/src/github/message";
import { BOT, type GithubStandIn, startGithub } from "../support/github-stand-in";

const ROOT = join(import.meta.dirname, "../..");
const MARK = "<!-- pulumi-superset: preview qa -->\n";
const WANTED = { number: 7, marker: "preview qa", author: BOT };

let github: GithubStandIn;
let folder: string;
beforeEach(async () => {
  github = await startGithub();
  folder = mkdtempSync(join(tmpdir(), "github-"));
});
afterEach(async () => {
  await github.close();
  rmSync(folder, { recursive: true });
});

const environment = () => ({
  GITHUB_TOKEN: github.token,
  GITHUB_REPOSITORY: github.repository,
  GITHUB_API_URL: github.url,
});

const comment = async (text: string) => putComment(await openGithub(environment()), { ...WANTED, text });
const issue = async (text: string, title = "qa was changed in Superset") =>
  putIssue(await openGithub(environment()), { marker: "drift qa", author: BOT, title, text });

describe("the comment on a pull request", () => {
  it("is made once, and edited from then on", async () => {
    expect(await comment("first")).toMatchObject({ outcome: "created" });
    expect(await comment("second")).toMatchObject({ outcome: "updated" });
    expect(await comment("second")).toMatchObject({ outcome: "unchanged" });
    expect(github.comments(7).map(({ body }) => body)).toEqual([`${MARK}second`]);
  });

  it("is found on any page, also behind hundreds of others", async () => {
    for (let index = 0; index < 150; index++) github.comment(7, `Comment ${index}`, "ann");
    await comment("first");
    await comment("second");
    expect(github.comments(7)).toHaveLength(151);
    expect(github.comments(7).at(-1)?.body).toBe(`${MARK}second`);
  });

  it.each(['{"a":1}', "[]", "<html></html>"])("is not said to be written where %s answers", async (answer) => {
    const proxy = createServer((_, response) => response.setHeader("content-type", "application/json").end(answer));
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const { port } = proxy.address() as AddressInfo;
    const client = await openGithub({ ...environment(), GITHUB_API_URL: `http://127.0.0.1:${port}` });
    await expect(putComment(client, { ...WANTED, text: "first" })).rejects.toMatchObject({ code: "github/failed" });
    await expect(
      putIssue(client, { marker: "drift qa", author: BOT, title: "Drift", text: "first" }),
    ).rejects.toMatchObject({ code: "github/failed" });
    proxy.close();
  });

  it("of somebody else is never touched, although it has the marker", async () => {
    github.comment(7, `${MARK}a forged plan`, "mallory");
    github.comment(7, `A quote of it: ${MARK}`, BOT);
    expect(await comment("the plan")).toMatchObject({ outcome: "created" });
    await comment("a new plan");
    expect(github.comments(7).map(({ body, user }) => [user?.login, body])).toEqual([
      ["mallory", `${MARK}a forged plan`],
      [BOT, `A quote of it: ${MARK}`],
      [BOT, `${MARK}a new plan`],
    ]);
    expect(github.requests.filter((request) => request.startsWith("DELETE"))).toEqual([]);
  });

  it("of two runs at the same time is one again after the next", async () => {
    github.comment(7, `${MARK}one`, BOT);
    github.comment(7, `${MARK}two`, BOT);
    await comment("the plan");
    expect(github.comments(7).map(({ body }) => body)).toEqual([`${MARK}the plan`]);
  });

  it("is cut to what GitHub takes", async () => {
    await comment(`\`\`\`diff\n${"+ a line of the plan\n".repeat(10_000)}\`\`\`\n`);
    const [{ body = "" } = {}] = github.comments(7);
    expect(body.length).toBeLessThanOrEqual(LONGEST_BODY);
    expect(body.length).toBeGreaterThan(LONGEST_BODY - 2000);
    expect(body).toMatch(/\n```\n\n\*\*Cut here: \d+ more lines\.\*\*/);
  });

  it("that may not be written is a problem that says what to do, without the token", async () => {
    github.fail(403, 1);
    const error = await comment("the plan").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/refused", remedy: expect.stringContaining("pull-requests: write") });
    expect(JSON.stringify(error)).not.toContain(github.token);
  });

  it("is not written twice because an answer was lost", async () => {
    github.fail(502, 1);
    await expect(comment("the plan")).rejects.toMatchObject({ code: "github/failed" });
    expect(github.requests.filter((request) => request.startsWith("POST"))).toHaveLength(1);
  });
});

describe("the issue about drift", () => {
  it("is opened, brought up to date, and closed when there is nothing to say", async () => {
    expect(await issue("")).toEqual({ outcome: "none", url: "" });
    expect(await issue("chart A")).toMatchObject({ outcome: "created" });
    expect(await issue("chart A, chart B")).toMatchObject({ outcome: "updated" });
    expect(await issue("chart A, chart B")).toMatchObject({ outcome: "unchanged" });
    expect(await issue("\n")).toMatchObject({ outcome: "closed" });
    expect(github.issues()).toMatchObject([
      { number: 1, state: "closed", state_reason: "completed", body: expect.stringContaining("chart A, chart B") },
    ]);
  });

  it("is a new one when it comes back, and never that of somebody else", async () => {
    github.open("qa was changed in Superset", "<!-- pulumi-superset: drift qa -->\nforged", "mallory");
    await issue("chart A");
    await issue("");
    expect(await issue("chart C")).toMatchObject({ outcome: "created" });
    expect(github.issues().map(({ state, user }) => [state, user?.login])).toEqual([
      ["open", "mallory"],
      ["closed", BOT],
      ["open", BOT],
    ]);
  });
});

describe("outputs of a step", () => {
  it("cannot set others: nobody knows the delimiter", () => {
    const hostile = "x\nEOF\noutcome=created\nghadelimiter_1\nplan<<EOF";
    const file = formatOutput("url", hostile, "0b5bca5e-94a3");
    expect(readOutputs(file)).toEqual({ url: hostile });
  });
});

/** Reads the file as GitHub's runner does. */
function readOutputs(text: string): Record<string, string> {
  const outputs: Record<string, string> = {};
  const lines = text.split("\n");
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, name = "", delimiter] = /^(\w+)<<(.+)$/.exec(line) ?? [];
    if (delimiter === undefined) continue;
    outputs[name] = lines.splice(0, lines.indexOf(delimiter)).join("\n");
    lines.shift();
  }
  return outputs;
}

describe("pulumi-superset github", () => {
  const run = (args: string[], env: Record<string, string>) =>
    promisify(execFile)(process.execPath, [join(ROOT, "provider/bin/pulumi-superset.cjs"), "github", ...args], {
      cwd: folder,
      env: { PATH: process.env.PATH, NO_COLOR: "1", ...environment(), ...env },
    }).then(
      ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );

  it("takes the number from GitHub's own event, and sets outputs with a delimiter of its own each time", async () => {
    const [event, outputs, plan] = ["event.json", "outputs", "plan.md"].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(
      event,
      JSON.stringify({
        pull_request: { number: 7, title: "::set-output name=url::x", head: { sha: "0123456789abcdef" } },
      }),
    );
    writeFileSync(plan, "the plan");
    const where = { GITHUB_SERVER_URL: "https://github.com", GITHUB_RUN_ID: "99" };
    const env = { GITHUB_EVENT_PATH: event, GITHUB_OUTPUT: outputs, ...where };
    expect(await run(["comment", "--file", plan, "--marker", "preview qa"], env)).toMatchObject({ code: 0 });
    const about = "For 012345678, [log of the run](https://github.com/example/dashboards/actions/runs/99).";
    expect(github.comments(7).map(({ body }) => body)).toEqual([`${MARK}${about}\n\nthe plan`]);
    const text = readFileSync(outputs, "utf8");
    expect(readOutputs(text)).toMatchObject({ outcome: "created", url: expect.stringContaining("/pull/7#") });
    expect(new Set([...text.matchAll(/<<(.+)$/gm)].map(([, delimiter]) => delimiter)).size).toBe(2);
  });

  it("says nothing where the report is missing, and where the event is about no pull request", async () => {
    const missing = await run(["issue", "--file", "drift.md", "--marker", "drift qa", "--title", "Drift"], {});
    expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining("[github/no-file]") });
    writeFileSync(join(folder, "plan.md"), "the plan");
    const elsewhere = await run(["comment", "--file", "plan.md", "--marker", "preview qa"], {});
    expect(elsewhere).toMatchObject({ code: 2, stderr: expect.stringContaining("[github/no-number]") });
    expect(github.requests).toEqual([]);
  });

  it("refuses a marker that could end the hidden comment", async () => {
    const { code, stderr } = await run(["comment", "--file", "plan.md", "--marker", "x --> @everyone"], {});
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining("single hyphens") });
  });
});
