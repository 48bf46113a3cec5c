import type { Octokit as Core } from "@octokit/core" with { "resolution-mode": "import" };
import { z } from "zod";

/** Statuses that another try does not change; a limit (403, 429) is handled here and not by the plugin for retries. */
export const NEVER_RETRIED = [400, 401, 403, 404, 410, 422, 429, 451];

/** How often a request is sent again that GitHub did not look at. */
const REPEATS = 2;

/** Longer waits are not worth a job's time. */
const LONGEST_WAIT_SECONDS = 120;

const limitSchema = z.object({
  status: z.literal([403, 429]),
  request: z.object({ request: z.record(z.string(), z.unknown()).optional() }),
  response: z.object({
    headers: z.object({ "retry-after": z.coerce.number().min(0).max(LONGEST_WAIT_SECONDS) }),
  }),
});

/**
 * Sends again what GitHub turned away because of too many requests, as soon as it says. That is safe for writes too:
 * nothing was done. Plugin of Octokit, to be registered before the one for retries, which does the waiting.
 */
export function repeatLimited(octokit: Core): void {
  octokit.hook.error("request", (error) => {
    const { data } = limitSchema.safeParse(error);
    if (data === undefined || !("request" in error)) throw error;
    const repeated = { ...data.request.request, retries: REPEATS, retryAfter: data.response.headers["retry-after"] };
    throw Object.assign(error, { request: { ...error.request, request: repeated } });
  });
}
