import { MANAGED_BY, TAGS } from "../../provider/src/showtime/tags";
import type { Configuration } from "./configuration";

/** Images and log streams have no tags: `cleanup` asks what they are in whose they are. */
export function toProjectTags({ project }: Pick<Configuration, "project">) {
  return { [TAGS.managedBy]: MANAGED_BY, [TAGS.project]: project };
}
