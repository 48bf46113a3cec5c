import { z } from "zod";
import { askGithub } from "./ask";
import { type GithubClient, ONCE } from "./client";
import type { Put } from "./comment";
import { isOurs, messageSchema, toBody } from "./message";

const issueSchema = messageSchema.extend({
  number: z.number(),
  title: z.string(),
  pull_request: z.unknown().optional(),
});

/** An issue that is open as long as there is something to say. */
export interface WantedIssue {
  readonly marker: string;
  readonly author: string;
  readonly title: string;
  /** Empty: there is nothing to say (any more). */
  readonly text: string;
}

/** Opens an issue, brings the open one up to date, or closes it. */
export function putIssue(
  { request, paginate, repository }: GithubClient,
  { marker, author, title, text }: WantedIssue,
): Promise<Put> {
  return askGithub("keep the issue", "issues: write", async () => {
    const answer = await paginate("GET /repos/{owner}/{repo}/issues", {
      ...repository,
      state: "open",
      creator: author,
      per_page: 100,
    });
    // Pull requests are issues to GitHub.
    const own = z
      .array(issueSchema)
      .parse(answer)
      .find((issue) => issue.pull_request === undefined && isOurs(issue, marker, author));
    const isNeeded = text.trim() !== "";
    if (own === undefined && !isNeeded) return { outcome: "none", url: "" };
    const body = toBody(marker, text);
    if (own === undefined) {
      const { data } = await request("POST /repos/{owner}/{repo}/issues", { ...repository, title, body, ...ONCE });
      return { outcome: "created", url: issueSchema.parse(data).html_url };
    }
    const url = own.html_url;
    if (isNeeded && own.body === body && own.title === title) return { outcome: "unchanged", url };
    const change = isNeeded ? { title, body } : ({ state: "closed", state_reason: "completed" } as const);
    const route = "PATCH /repos/{owner}/{repo}/issues/{issue_number}";
    await request(route, { ...repository, issue_number: own.number, ...change });
    return { outcome: isNeeded ? "updated" : "closed", url };
  });
}
