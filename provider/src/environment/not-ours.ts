import { ProblemError } from "../core/errors";

/** Something has a name of ours and not our tags: it is never touched. */
export function notOurs(what: string, project: string): ProblemError {
  return new ProblemError({
    code: "environment/not-ours",
    summary: `The ${what} is not of the project ${project}; it was left alone.`,
    why: "Its tags do not say that this tool made it for this project.",
    remedy:
      "Look whose it is. Delete or rename it if nobody needs it, or give this repository its own cluster, image repository and domain in showtime.yaml.",
  });
}
