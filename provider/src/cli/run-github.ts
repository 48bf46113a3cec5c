import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { parseJson } from "../core/parse-json";
import { openGithub } from "../github/client";
import { type Outcome, putComment } from "../github/comment";
import { putIssue } from "../github/issue";
import { setOutputs } from "./github/outputs";
import { tell } from "./progress";

/** What both kinds of texts have. */
interface MessageOptions {
  readonly file: string;
  readonly marker: string;
  readonly author: string;
}

/** What `github comment` was called with. */
export interface CommentOptions extends MessageOptions {
  /** Of the pull request; default: that of the event. */
  readonly number?: number;
}

/** What `github issue` was called with. */
export interface IssueOptions extends MessageOptions {
  readonly title: string;
}

/** Puts a file onto a pull request as the one comment of its marker. */
export async function runComment({ file, marker, author, number }: CommentOptions): Promise<void> {
  const text = readText(file);
  const event = readEvent()?.pull_request;
  const about = number ?? event?.number;
  if (about === undefined) throw numberMissing();
  const wanted = { number: about, marker, author, text: `${describeRun(event?.head.sha)}${text}` };
  report(`The comment on #${wanted.number}`, await putComment(await openGithub(process.env), wanted));
}

/** Keeps the one issue of a marker. */
export async function runIssue({ file, marker, author, title }: IssueOptions): Promise<void> {
  const text = readText(file);
  report("The issue", await putIssue(await openGithub(process.env), { marker, author, title, text }));
}

function report(subject: string, { outcome, url }: { outcome: Outcome; url: string }): void {
  setOutputs({ outcome, url });
  tell(outcome === "none" ? "There is nothing to say, and no issue is open." : `${subject} was ${outcome}: ${url}`);
}

function readText(file: string): string {
  const text = readIfThere(file);
  if (text !== undefined) return text;
  throw new ProblemError({
    code: "github/no-file",
    summary: `There is no file ${file}, so nothing was said to GitHub.`,
    why: "the step that writes it failed before it came so far, or has another name for it",
    remedy: "Look at that step first.",
    exitCode: 2,
  });
}

/** Undefined where there is no file of that name; a folder is none. */
function readIfThere(file: string): string | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file, "utf8") : undefined;
}

const eventSchema = z.object({
  pull_request: z.object({ number: z.int().positive(), head: z.object({ sha: z.string().regex(/^[0-9a-f]{7,64}$/) }) }),
});

/** The pull request as GitHub itself tells of it; its files and branches can say anything. */
function readEvent(): z.output<typeof eventSchema> | undefined {
  const text = readIfThere(process.env.GITHUB_EVENT_PATH ?? "");
  if (text === undefined) return undefined;
  const event = eventSchema.safeParse(parseJson(text));
  return event.success ? event.data : undefined;
}

/** What a text is about, and where its whole log is. */
function describeRun(commit: string | undefined): string {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = process.env;
  const parts = [
    ...(commit === undefined ? [] : [`For ${commit.slice(0, 9)}`]),
    ...(server && repository && id ? [`[log of the run](${server}/${repository}/actions/runs/${id})`] : []),
  ];
  return parts.length === 0 ? "" : `${parts.join(", ")}.\n\n`;
}

function numberMissing(): ProblemError {
  return new ProblemError({
    code: "github/no-number",
    summary: "The event of this run is about no pull request.",
    remedy: "Run this on `pull_request_target`, or name the pull request with --number.",
    exitCode: 2,
  });
}
