import { chunk } from "../core/parallel";
import type { TagMap } from "../showtime/tags";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";
import { fromTagList } from "./tag-lists";

/** An image of a repository. */
export interface Image {
  readonly digest: string;
  readonly tags: readonly string[];
  readonly pushed: Date | undefined;
}

/** What BatchDeleteImage takes at once. */
const MANY = 100;

/** Where images of a repository are pulled from: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/superset`. */
export async function readRepositoryUri(aws: AwsClients, repositoryName: string): Promise<string | undefined> {
  try {
    const { repositories } = await (await aws.ecr()).describeRepositories({ repositoryNames: [repositoryName] });
    return repositories?.[0]?.repositoryUri;
  } catch (error) {
    if (isAwsError(error, "RepositoryNotFoundException")) return undefined;
    throw error;
  }
}

/** Tags of the repository itself, by its ARN. */
export async function readRepositoryTags(aws: AwsClients, resourceArn: string): Promise<TagMap> {
  return fromTagList((await (await aws.ecr()).listTagsForResource({ resourceArn })).tags);
}

/** The image with a tag; undefined if there is none. */
export async function describeImage(
  aws: AwsClients,
  repositoryName: string,
  imageTag: string,
): Promise<Image | undefined> {
  try {
    const { imageDetails } = await (await aws.ecr()).describeImages({ repositoryName, imageIds: [{ imageTag }] });
    const [found] = imageDetails ?? [];
    if (found?.imageDigest === undefined) return undefined;
    return { digest: found.imageDigest, tags: found.imageTags ?? [imageTag], pushed: found.imagePushedAt };
  } catch (error) {
    if (isAwsError(error, "ImageNotFoundException", "RepositoryNotFoundException")) return undefined;
    throw error;
  }
}

/** All images of a repository that have a tag. */
export async function listImages(aws: AwsClients, repositoryName: string): Promise<Image[]> {
  const ecr = await aws.ecr();
  const images: Image[] = [];
  const filter = { tagStatus: "TAGGED" } as const;
  for await (const page of ecr.paginateDescribeImages({ repositoryName, filter, maxResults: 1000 }))
    for (const { imageDigest: digest = "", imageTags: tags = [], imagePushedAt: pushed } of page.imageDetails ?? [])
      images.push({ digest, tags, pushed });
  return images;
}

/** Takes tags away; an image without any other tag goes with its last one. What is gone already is fine. */
export async function deleteImageTags(aws: AwsClients, repositoryName: string, tags: readonly string[]): Promise<void> {
  const ecr = await aws.ecr();
  for (const some of chunk(tags, MANY)) {
    const { failures = [] } = await ecr.batchDeleteImage({
      repositoryName,
      imageIds: some.map((imageTag) => ({ imageTag })),
    });
    const failure = failures.find(({ failureCode }) => failureCode !== "ImageNotFound");
    if (failure !== undefined)
      throw new Error(
        `BatchDeleteImage: ${failure.imageId?.imageTag}: ${failure.failureReason ?? failure.failureCode}`,
      );
  }
}
