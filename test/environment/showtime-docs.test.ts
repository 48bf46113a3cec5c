import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AwsStandIn, startAws } from "../support/aws";
import { DocPage } from "../support/doc-page";
import { commitOf } from "../support/environments";
import { type GithubStandIn, startGithub } from "../support/github-stand-in";
import { makePlace, type ShowtimePlace } from "../support/showtime-place";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/showtime.md");
const PROGRAM = join(ROOT, "provider/bin/pulumi-superset.cjs");
const HOUR = 3_600_000;
/** What stands in the page for the moment at which the test began. */
const BEGINNING = Date.parse("2026-11-02T09:30:00Z");

let aws: AwsStandIn;
let github: GithubStandIn;
let place: ShowtimePlace;

beforeAll(async () => {
  [aws, github] = await Promise.all([startAws(), startGithub()]);
  place = await makePlace(aws, github, await aws.settings({ project: "shop", address: "load-balancer" }));
});
afterAll(async () => {
  place?.remove();
  await Promise.all([aws?.close(), github?.close()]);
});

it("docs/showtime.md shows what the commands print; `vitest -u` writes it anew", async () => {
  const page = new DocPage(PAGE, makeStable);
  const run = async (...args: string[]) => page.fill("console", await runCommand(args));
  const pushes = async (number: number, head: string, kind: "healthy" | "crashes" = "healthy") => {
    github.changePullRequest(number, { head: commitOf(head) });
    await aws.pushImage(`pr-${number}-${head}-ci`, kind);
  };
  for (const person of ["ann", "maxime"]) github.setRole(person, "write");
  await run("setup-labels");

  github.openPullRequest({ number: 1234, head: commitOf("abc123f"), author: "ann" });
  github.label(1234, "🎪 ⚡ showtime-trigger-start", "maxime");
  await run("sync", "1234", "--check-only");
  await pushes(1234, "abc123f");
  await run("handle-trigger", "1234");
  page.fill("text", labelsOf(1234));
  page.fill("markdown", commentOf(1234));
  await run("status", "1234");
  await run("list");
  await run("login", "1234");

  // Flags and a time to live come with the commit: each would be a deployment of its own, which other tests show.
  github.label(1234, "🎪 conf-enable-ALERT_REPORTS", "maxime");
  github.label(1234, "🎪 ⌛ 24h", "ann");
  await pushes(1234, "def456a");
  await run("sync", "1234", "--dry-run");
  await run("handle-trigger", "1234");

  github.label(1234, "🎪 🧊 showtime-freeze", "ann");
  await pushes(1234, "0123abc", "crashes");
  await run("handle-trigger", "1234");
  github.unlabel(1234, "🎪 🧊 showtime-freeze");
  await run("handle-trigger", "1234");
  page.fill("markdown", commentOf(1234));

  await run("cleanup", "--dry-run");
  await aws.age(30);
  await run("cleanup", "--force");
  page.fill("markdown", commentOf(1234));

  github.openPullRequest({ number: 1235, head: commitOf("7890def"), author: "ann" });
  await pushes(1235, "7890def");
  await run("start", "1235", "--size", "medium", "--assets", "--dry-run");
  await run("start", "1235", "--dry-run-aws", "--dry-run-github");
  await run("start", "1235", "--size", "medium");
  await run("list", "--json");
  await run("stop", "1235");
  await run("start", "1235", "--size", "huge");

  await expect(page.text).toMatchFileSnapshot(PAGE);
  expect(Object.values(await aws.remains()).flat()).toEqual([]);
  expect(place.stacks()).toEqual([]);
}, 600_000);

/** The command and what it wrote, in 80 columns, in the order in which a person sees it. */
async function runCommand(args: readonly string[]): Promise<string> {
  const file = join(place.folder, "output");
  const output = openSync(file, "w");
  const child = spawn(process.execPath, [PROGRAM, "showtime", ...args], {
    cwd: place.folder,
    env: { ...place.environment, COLUMNS: "80", GITHUB_ACTOR: "maxime" },
    stdio: ["ignore", output, output],
  });
  await new Promise((done, fail) => child.once("exit", done).once("error", fail));
  closeSync(output);
  return `$ npx pulumi-superset showtime ${args.join(" ")}\n${readFileSync(file, "utf8").trimEnd()}`;
}

const labelsOf = (number: number) => [...github.labels(number)].sort().join("\n");

/** The comment without the mark by which it is found again. */
const commentOf = (number: number) =>
  github
    .comments(number)
    .map(({ body }) => (body ?? "").replace(/^<!--.*-->\n/, "").trimEnd())
    .join("\n\n");

const began = Date.now();

/** The same in every run: without moments, the ports of the stand-ins, and passwords. */
function makeStable(text: string): string {
  const move = (moment: string) => {
    const hours = Math.round((Date.parse(moment) - began) / HOUR);
    return new Date(BEGINNING + hours * HOUR).toISOString();
  };
  const minute = (pattern: RegExp, between: string, time: string) => (plain: string) =>
    plain.replace(pattern, (_, day: string, hour: string, minutes: string) => {
      const moved = move(`${day}T${hour}:${minutes}:00Z`);
      return `${moved.slice(0, 10)}${between}${moved.slice(11, 13)}${time}${moved.slice(14, 16)}`;
    });
  return [
    (plain: string) => plain.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, move),
    minute(/(\d{4}-\d\d-\d\d) (\d\d):(\d\d)/g, " ", ":"),
    minute(/(\d{4}-\d\d-\d\d)T(\d\d)-(\d\d)/g, "T", "-"),
    (plain: string) => plain.replace(/\b\d+[sm] ago/g, "1m ago").replace(/(running +\w{7} +)\d+[sm] +/g, "$11m   "),
    (plain: string) => plain.replace(/(showtime\.test):\d+/g, "$1"),
    (plain: string) => plain.replace(/127\.77(\.\d+){2}/g, "52.1.2.3"),
    (plain: string) => plain.replace(/^(Password +).*$/m, "$1WTyf5tq-CZT9ZQoDKr0x_5RTT3h192Am"),
    (plain: string) => plain.replace(/[ \t]+$/gm, ""),
  ].reduce((stable, change) => change(stable), text);
}
