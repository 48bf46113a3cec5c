import { randomUUID } from "node:crypto";

/**
 * Lets GitHub's runner obey nothing more of what this step prints: titles and texts of other people go through it, and a
 * line of them may begin with `::`. It goes to stderr, because stdout may be a file.
 */
export function ignoreWorkflowCommands(): void {
  if (process.env.GITHUB_ACTIONS === "true") process.stderr.write(`::stop-commands::${randomUUID()}\n`);
}
