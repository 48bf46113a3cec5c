import { z } from "zod";
import { askGithub, type GithubClient, ONCE } from "./client";
import { isOurs, messageSchema, toBody } from "./message";

/** A comment that there is at most one of. */
export interface WantedComment {
  /** Of the pull request or issue. */
  readonly number: number;
  readonly marker: string;
  readonly author: string;
  readonly text: string;
}

/** What became of a comment or an issue. */
export type Outcome = "created" | "updated" | "unchanged" | "closed" | "none";

/** Writes a comment, or edits the one that there is; further ones of an earlier race go. */
export function putComment(
  { request, paginate, repository }: GithubClient,
  { number, marker, author, text }: WantedComment,
): Promise<{ outcome: Outcome; url: string }> {
  const body = toBody(marker, text);
  return askGithub(`comment on #${number}`, async () => {
    const answer = await paginate("GET /repos/{owner}/{repo}/issues/{issue_number}/comments", {
      ...repository,
      issue_number: number,
      per_page: 100,
    });
    const [own, ...others] = z
      .array(messageSchema)
      .parse(answer)
      .filter((comment) => isOurs(comment, marker, author));
    for (const { id } of others) {
      await request("DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}", { ...repository, comment_id: id });
    }
    if (own === undefined) {
      const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
      const { data } = await request(route, { ...repository, issue_number: number, body, ...ONCE });
      return { outcome: "created", url: messageSchema.parse(data).html_url };
    }
    if (own.body === body) return { outcome: "unchanged", url: own.html_url };
    const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
    await request(route, { ...repository, comment_id: own.id, body });
    return { outcome: "updated", url: own.html_url };
  });
}
