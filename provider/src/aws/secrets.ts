import type { TagMap } from "../showtime/tags";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";
import { fromTagList, toTagList } from "./tag-lists";

/** A secret, without what it holds. */
export interface SecretFacts {
  readonly arn: string;
  readonly name: string;
  readonly tags: TagMap;
  readonly created: Date | undefined;
  /** Whether its deletion has begun. */
  readonly isLeaving: boolean;
}

/** A secret by its name; undefined if there is none. */
export async function describeSecret(aws: AwsClients, name: string): Promise<SecretFacts | undefined> {
  try {
    const found = await (await aws.secrets()).describeSecret({ SecretId: name });
    return {
      arn: found.ARN ?? name,
      name,
      tags: fromTagList(found.Tags),
      created: found.CreatedDate,
      isLeaving: found.DeletedDate !== undefined,
    };
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Secrets whose names start so. */
export async function listSecrets(aws: AwsClients, prefix: string): Promise<SecretFacts[]> {
  const secrets = await aws.secrets();
  const found: SecretFacts[] = [];
  const Filters = [{ Key: "name" as const, Values: [prefix] }];
  for await (const page of secrets.paginateListSecrets({ Filters, MaxResults: 100 }))
    for (const { Name: name = "", ARN: arn = name, Tags, CreatedDate: created, DeletedDate } of page.SecretList ?? [])
      if (name.startsWith(prefix))
        found.push({ arn, name, tags: fromTagList(Tags), created, isLeaving: DeletedDate !== undefined });
  return found;
}

/** Makes a secret; its ARN. */
export async function createSecret(aws: AwsClients, name: string, text: string, tags: TagMap): Promise<string> {
  const Description = "Login data of an ephemeral environment of Superset.";
  const secrets = await aws.secrets();
  const { ARN } = await secrets.createSecret({ Name: name, SecretString: text, Tags: toTagList(tags), Description });
  return ARN ?? name;
}

/** Adds tags, and changes those that are there. */
export async function tagSecret(aws: AwsClients, arn: string, tags: TagMap): Promise<void> {
  await (await aws.secrets()).tagResource({ SecretId: arn, Tags: toTagList(tags) });
}

/** What a secret holds; undefined if there is none. */
export async function readSecret(aws: AwsClients, name: string): Promise<string | undefined> {
  try {
    return (await (await aws.secrets()).getSecretValue({ SecretId: name })).SecretString;
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return undefined;
    throw error;
  }
}

/** Deletes a secret at once, for good; one that is gone is fine. */
export async function deleteSecret(aws: AwsClients, arn: string): Promise<void> {
  try {
    await (await aws.secrets()).deleteSecret({ SecretId: arn, ForceDeleteWithoutRecovery: true });
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
  }
}
