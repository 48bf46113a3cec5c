import { type Command, InvalidArgumentError, Option } from "commander";
import { USUAL_AUTHOR } from "../github/usual-author";
import { readMarker } from "./github/marker";
import type { CommentOptions, IssueOptions } from "./run-github";

const COMMENT = `Put a file of Markdown onto a pull request as a comment: the one that is there is edited, so there is never a second one.

It is found again by a marker that people do not see, and by its author: a comment of somebody else is never touched. What is too long for GitHub is cut, and says so. The number of the pull request comes from the event of the run.

In a job of GitHub Actions, with GITHUB_TOKEN and \`pull-requests: write\`.`;

const COMMENT_EXAMPLES = `
Examples:
  pulumi-superset github comment --file plan.md --marker "preview qa"
  pulumi-superset github comment --file plan.md --marker "preview qa" --number 7

Outputs of the step: url, outcome (created, updated, unchanged)
Exit codes: 0 done, 1 failed, 2 bad usage`;

const ISSUE = `Keep one issue open as long as a file has something to say: it is opened, brought up to date, and closed when the file is empty.

It is found again by a marker that people do not see, and by its author. What was closed stays closed: when there is something to say again, a new issue is opened.

In a job of GitHub Actions, with GITHUB_TOKEN and \`issues: write\`.`;

const ISSUE_EXAMPLES = `
Examples:
  pulumi-superset drift --stack production --report drift.md
  pulumi-superset github issue --file drift.md --marker "drift production" \\
    --title "production was changed in Superset"

Outputs of the step: url, outcome (created, updated, unchanged, closed, none)
Exit codes: 0 done, 1 failed, 2 bad usage`;

/** `pulumi-superset github …`: what workflows say on GitHub. */
export function addGithubCommand(program: Command): void {
  const group = program.command("github").summary("say something on GitHub, from a workflow");
  addMessageOptions(group.command("comment"))
    .summary("put a file onto a pull request, as one comment that is edited")
    .description(COMMENT)
    .addOption(
      new Option("--number <number>", "of the pull request (default: of the run's event)").argParser(readNumber),
    )
    .addHelpText("after", COMMENT_EXAMPLES)
    .action(async (options: CommentOptions) => {
      const { runComment } = await import("./run-github.js");
      await runComment(options);
    });
  addMessageOptions(group.command("issue"))
    .summary("keep one issue open as long as a file has something to say")
    .description(ISSUE)
    .requiredOption("--title <text>", "title of the issue")
    .addHelpText("after", ISSUE_EXAMPLES)
    .action(async (options: IssueOptions) => {
      const { runIssue } = await import("./run-github.js");
      await runIssue(options);
    });
}

function addMessageOptions(command: Command): Command {
  return command
    .requiredOption("--file <file>", "the text, in Markdown")
    .addOption(new Option("--marker <words>", "what it is found again by").argParser(readMarker).makeOptionMandatory())
    .option("--author <login>", "the account of GITHUB_TOKEN", USUAL_AUTHOR);
}

function readNumber(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(text);
}
