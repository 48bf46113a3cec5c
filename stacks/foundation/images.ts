import { LifecyclePolicy } from "@pulumi/aws/ecr/lifecyclePolicy";
import { Repository } from "@pulumi/aws/ecr/repository";
import { DEFAULT_TIME, parseTimeToLive } from "../../provider/src/showtime/time-to-live";
import type { Configuration } from "./configuration";
import { toProjectTags } from "./project-tags";

/** Days that an image stays after the longest life of an environment: a task that restarts pulls it again. */
const SPARE_DAYS = 7;

/** The repository of images. A tag names a pull request and a commit; a forced build pushes it once more. */
export function declareImages({ settings, project }: Configuration, name: string): Repository {
  const images = new Repository("images", {
    name,
    imageTagMutability: "MUTABLE",
    imageScanningConfiguration: { scanOnPush: true },
    // They are built again from their commits.
    forceDelete: true,
    tags: toProjectTags({ project }),
  });
  new LifecyclePolicy("images", {
    repository: images.name,
    policy: JSON.stringify({ rules: listRules(settings.maxAge) }),
  });
  return images;
}

/** A net below `cleanup`. Where an environment may live as long as its pull request, its image must too. */
function listRules(maxAge: unknown) {
  const most = parseTimeToLive(typeof maxAge === "string" ? maxAge : DEFAULT_TIME);
  const untagged = rule(1, { tagStatus: "untagged" }, 1);
  if (most === undefined || most === "close") return [untagged];
  const days = Math.ceil(most.hours / 24) + SPARE_DAYS;
  return [untagged, rule(2, { tagStatus: "tagged", tagPatternList: ["pr-*-ci"] }, days)];
}

function rule(rulePriority: number, which: object, countNumber: number) {
  const selection = { ...which, countType: "sinceImagePushed", countUnit: "days", countNumber };
  return { rulePriority, selection, action: { type: "expire" } };
}
