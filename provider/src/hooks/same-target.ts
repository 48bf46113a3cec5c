import { ProblemError } from "../core/errors";
import type { Session } from "./session";

/**
 * A resource belongs to the server it was applied to; another server's object of the same name is not it.
 *
 * @throws ProblemError `target/other-server`
 */
export function assertSameTarget(target: string, session: Session): void {
  if (target === session.target) return;
  throw new ProblemError({
    code: "target/other-server",
    summary: `This resource was applied to another server than ${session.settings.url}; nothing was written.`,
    remedy:
      "Run `pulumi up` first, so that the state follows the new address; pass --run-program to refresh and destroy.",
  });
}
