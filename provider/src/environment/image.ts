import type { AwsClients } from "../aws/clients";
import { describeImage, readRepositoryUri } from "../aws/ecr";
import { ProblemError } from "../core/errors";
import { type EnvironmentKey, nameImageTag } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";

type ImageSettings = Pick<ShowtimeSettings, "imageRepository" | "region">;

/** The image of a commit in the image repository; undefined if nobody pushed one. */
export async function findImage(
  aws: AwsClients,
  { imageRepository }: ImageSettings,
  key: EnvironmentKey,
): Promise<{ readonly digest: string; readonly pushed: Date | undefined } | undefined> {
  return describeImage(aws, imageRepository, nameImageTag(key));
}

/**
 * The whole reference of the image that an environment runs. One that is missing is told before anything is made.
 *
 * @param given an image that somebody named: it is taken as it is, unless it is in our repository
 */
export async function resolveImage(
  aws: AwsClients,
  settings: ImageSettings,
  key: EnvironmentKey,
  given: string | undefined,
): Promise<string> {
  const find = (tag: string) => describeImage(aws, settings.imageRepository, tag);
  const [uri, own] = await Promise.all([
    readRepositoryUri(aws, settings.imageRepository),
    given === undefined ? find(nameImageTag(key)) : undefined,
  ]);
  const isElsewhere = given !== undefined && !(uri !== undefined && given.startsWith(`${uri}:`));
  if (isElsewhere) return given;
  if (uri === undefined) {
    throw new ProblemError({
      code: "environment/no-image-repository",
      summary: `There is no image repository ${settings.imageRepository} in ${settings.region}.`,
      remedy: "Name the right one as `imageRepository` in showtime.yaml, or make it: stacks/foundation does.",
    });
  }
  const tag = given === undefined ? nameImageTag(key) : given.slice(uri.length + 1);
  const image = given === undefined ? own : await find(tag);
  if (image === undefined) throw noImage(uri, tag, key.commit);
  return `${uri}:${tag}`;
}

function noImage(uri: string, tag: string, commit: string): ProblemError {
  return new ProblemError({
    code: "environment/no-image",
    summary: `There is no image ${uri}:${tag}: nothing was made.`,
    why: `The image of commit ${commit} was not pushed, or was deleted.`,
    remedy: `Build and push it: docker buildx build --platform linux/amd64 --push --tag ${uri}:${tag} .`,
  });
}
