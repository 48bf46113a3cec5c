import { z } from "zod";

/** Fragment of queries: who did something. */
export const ACTOR = "__typename login";

/** An account as GraphQL names it: bots go without their `[bot]`; null for an account that is gone. */
export const actorSchema = z.object({ __typename: z.string(), login: z.string() }).nullable();

/** The login as REST and people write it. */
export function readLogin(actor: z.output<typeof actorSchema>): string | undefined {
  if (actor === null) return undefined;
  const isBare = actor.__typename === "Bot" && !actor.login.endsWith("[bot]");
  return isBare ? `${actor.login}[bot]` : actor.login;
}
