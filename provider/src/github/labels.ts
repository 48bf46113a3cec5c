import { z } from "zod";
import { askGithub, readStatus } from "./ask";
import { type GithubClient, ONCE } from "./client";

const PERMISSION = "pull-requests: write";
const DEFINITIONS_PERMISSION = "issues: write";

/** A name that stands in an address: `..` there would be another address, and a DELETE of the repository itself. */
function inAddress(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new Error(`no address can have the label ${JSON.stringify(name)}`);
  return name;
}

/** What a repository offers as a label. */
export interface LabelDefinition {
  readonly name: string;
  /** Six hexadecimal digits. */
  readonly color: string;
  /** At most 100 characters. */
  readonly description: string;
}

const definitionSchema = z
  .object({ name: z.string(), color: z.string(), description: z.string().nullish() })
  .transform(({ name, color, description }): LabelDefinition => ({ name, color, description: description ?? "" }));

/** Adds labels to a pull request; what is there already stays. One request, none where there is nothing to add. */
export async function addLabels(
  { request, repository }: GithubClient,
  number: number,
  names: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const route = "POST /repos/{owner}/{repo}/issues/{issue_number}/labels";
  await askGithub(`add labels to #${number}`, PERMISSION, () =>
    request(route, { ...repository, issue_number: number, labels: [...names] }),
  );
}

/** Takes a label away; one that is not there is fine. */
export async function removeLabel({ request, repository }: GithubClient, number: number, name: string): Promise<void> {
  const route = "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}";
  await askGithub(`take a label from #${number}`, PERMISSION, async () => {
    try {
      await request(route, { ...repository, issue_number: number, name: inAddress(name) });
    } catch (error) {
      if (!isWithoutLabel(error)) throw error;
    }
  });
}

/** More than these are taken away at once: GitHub is asked for their ids first. */
const FEW = 2;

const idsSchema = z.object({
  repository: z.record(z.string(), z.object({ id: z.string() }).nullable()),
});

/** Takes labels away; those that are not there are fine. At most two requests. */
export async function removeLabels(client: GithubClient, number: number, names: readonly string[]): Promise<void> {
  if (names.length <= FEW) {
    for (const name of names) await removeLabel(client, number, name);
    return;
  }
  const { graphql, repository } = client;
  await askGithub(`take labels from #${number}`, PERMISSION, async () => {
    const variables = Object.fromEntries(names.map((name, index) => [`name${index}`, name]));
    const declared = names.map((_, index) => `$name${index}: String!`).join(", ");
    const fields = names.map((_, index) => `label${index}: label(name: $name${index}) { id }`).join(" ");
    const query = `query ($owner: String!, $repo: String!, $number: Int!, ${declared}) {
      repository(owner: $owner, name: $repo) { pullRequest(number: $number) { id } ${fields} }
    }`;
    const { pullRequest, ...labels } = idsSchema.parse(
      await graphql(query, { ...repository, number, ...variables }),
    ).repository;
    const labelIds = Object.values(labels).flatMap((label) => label?.id ?? []);
    if (labelIds.length === 0) return;
    const mutation = `mutation ($input: RemoveLabelsFromLabelableInput!) {
      removeLabelsFromLabelable(input: $input) { clientMutationId }
    }`;
    await graphql(mutation, { input: { labelableId: pullRequest?.id, labelIds } });
  });
}

const withoutLabelSchema = z.object({
  status: z.literal(404),
  response: z.object({ data: z.object({ message: z.literal("Label does not exist") }) }),
});

/** GitHub answers 404 also where the token may not see the pull request. */
function isWithoutLabel(error: unknown): boolean {
  return withoutLabelSchema.safeParse(error).success;
}

/** All labels that the repository offers, or offered: one request for each hundred. */
export function listLabelDefinitions({ paginate, repository }: GithubClient): Promise<LabelDefinition[]> {
  return askGithub("list the labels", "issues: read", async () => {
    const answer = await paginate("GET /repos/{owner}/{repo}/labels", { ...repository, per_page: 100 });
    return z.array(definitionSchema).parse(answer);
  });
}

/** Makes a label. */
export async function createLabelDefinition(
  { request, repository }: GithubClient,
  definition: LabelDefinition,
): Promise<void> {
  await askGithub("make a label", DEFINITIONS_PERMISSION, () =>
    request("POST /repos/{owner}/{repo}/labels", { ...repository, ...definition, ...ONCE }),
  );
}

/** Changes colour, description and the case of the name. */
export async function updateLabelDefinition(
  { request, repository }: GithubClient,
  { name, color, description }: LabelDefinition,
): Promise<void> {
  await askGithub("change a label", DEFINITIONS_PERMISSION, async () =>
    request("PATCH /repos/{owner}/{repo}/labels/{name}", {
      ...{ ...repository, name: inAddress(name), new_name: name, color, description },
    }),
  );
}

/** Deletes a label, everywhere; one that is not there is fine. */
export async function deleteLabelDefinition({ request, repository }: GithubClient, name: string): Promise<void> {
  await askGithub("delete a label", DEFINITIONS_PERMISSION, async () => {
    try {
      await request("DELETE /repos/{owner}/{repo}/labels/{name}", { ...repository, name: inAddress(name) });
    } catch (error) {
      if (readStatus(error) !== 404) throw error;
    }
  });
}
