import { z } from "zod";
import { askGithub, readStatus } from "./ask";
import type { GithubClient } from "./client";

const runSchema = z.object({ status: z.string().nullable(), run_attempt: z.int().positive() });

/**
 * Whether a run of GitHub Actions has ended: a newer attempt means that the older one has. Of a run that GitHub does
 * not know (any more), nothing is known: it may still work.
 */
export function hasRunEnded({ request, repository }: GithubClient, runId: number, attempt: number): Promise<boolean> {
  return askGithub(`look at the run ${runId}`, "actions: read", async () => {
    try {
      const { data } = await request("GET /repos/{owner}/{repo}/actions/runs/{run_id}", {
        ...repository,
        run_id: runId,
      });
      const { status, run_attempt: newest } = runSchema.parse(data);
      return newest > attempt || (newest === attempt && status === "completed");
    } catch (error) {
      if (readStatus(error) === 404) return false;
      throw error;
    }
  });
}
