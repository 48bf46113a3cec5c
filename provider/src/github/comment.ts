import { z } from "zod";
import { askGithub, readStatus } from "./ask";
import { type GithubClient, ONCE } from "./client";
import { isOurs, type Message, messageSchema, toBody } from "./message";

/** A comment that there is at most one of. */
export interface WantedComment {
  /** Of the pull request or issue. */
  readonly number: number;
  readonly marker: string;
  readonly author: string;
  readonly text: string;
  /** The comment that is there, or that there is none, where it was read already: then no others are looked at. */
  readonly known?: { readonly id: number; readonly body: string } | "none" | undefined;
}

/** What became of a comment or an issue. */
export type Outcome = "created" | "updated" | "unchanged" | "closed" | "none";

/** What became of a text, and where it is; empty where GitHub was not asked or there is none. */
export interface Put {
  readonly outcome: Outcome;
  readonly url: string;
}

/** Writes a comment, or edits the one that there is; further ones of an earlier race go. */
export function putComment(client: GithubClient, wanted: WantedComment): Promise<Put> {
  const { number, marker, text, known } = wanted;
  const body = toBody(marker, text);
  return askGithub(`comment on #${number}`, "pull-requests: write", async () => {
    if (known === "none") return create(client, number, body);
    if (known?.body === body) return { outcome: "unchanged", url: "" };
    const edited = known === undefined ? undefined : await edit(client, known.id, body);
    if (edited !== undefined) return edited;
    const own = await keepOne(client, wanted);
    if (own?.body === body) return { outcome: "unchanged", url: own.html_url };
    const again = own === undefined ? undefined : await edit(client, own.id, body);
    return again ?? create(client, number, body);
  });
}

async function create({ request, repository }: GithubClient, number: number, body: string): Promise<Put> {
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/comments";
  const { data } = await request(route, { ...repository, issue_number: number, body, ...ONCE });
  return { outcome: "created", url: messageSchema.parse(data).html_url };
}

/** Undefined where somebody deleted it meanwhile. */
async function edit({ request, repository }: GithubClient, id: number, body: string): Promise<Put | undefined> {
  const route = "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}";
  try {
    const { data } = await request(route, { ...repository, comment_id: id, body });
    return { outcome: "updated", url: messageSchema.parse(data).html_url };
  } catch (error) {
    if (readStatus(error) === 404) return undefined;
    throw error;
  }
}

/** The comment that is ours, among all of them; others that are ours are deleted. */
async function keepOne(
  { request, paginate, repository }: GithubClient,
  { number, marker, author }: WantedComment,
): Promise<Message | undefined> {
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
  return own;
}
