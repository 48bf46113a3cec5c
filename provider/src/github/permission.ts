import { z } from "zod";
import { askGithub, readStatus } from "./ask";
import type { GithubClient } from "./client";

/** What somebody may do in the repository. */
export type Permission = "admin" | "write" | "read" | "none";

/** GitHub says `write` for maintainers and `read` for triage; older servers say the roles themselves. */
const permissionSchema = z.object({
  permission: z
    .enum(["admin", "maintain", "write", "triage", "read", "none"])
    .transform((name): Permission => (name === "maintain" ? "write" : name === "triage" ? "read" : name)),
});

/**
 * Reads what somebody may do in the repository. An account that is none or may do nothing has `none`; what cannot be
 * read is an error, so that nobody may do something because GitHub does not answer.
 */
export function readPermission({ request, repository }: GithubClient, login: string): Promise<Permission> {
  const route = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
  return askGithub(`read what ${login} may do`, "contents: read", async () => {
    try {
      const { data } = await request(route, { ...repository, username: login });
      return permissionSchema.parse(data).permission;
    } catch (error) {
      if (readStatus(error) === 404) return "none";
      throw error;
    }
  });
}
