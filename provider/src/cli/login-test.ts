import { readSettings } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import { readOwnAccount } from "../superset/account";
import type { SupersetClient } from "../superset/client";
import { type NewStack, toNewSettings } from "./new-stack";
import { openServer } from "./stack-settings";

/** The server of a stack that is to be made. It is never written to. */
export interface NewServer {
  readonly settings: Settings;
  /** Logs in once: a person is not asked again. */
  readonly client: SupersetClient;
}

/** What a login told of a server. */
export interface TestedLogin extends NewServer {
  readonly version: string;
  /** The user that the server knows it as. */
  readonly username: string;
  /** Whether it may do everything that a deployment can need. */
  readonly isAdmin: boolean;
}

/**
 * Logs in to the server of a stack that is to be made.
 *
 * @throws ProblemError `connection/…`, `superset/…`, `auth/…`
 */
export async function testLogin(stack: NewStack): Promise<TestedLogin> {
  const settings = readSettings(toNewSettings(stack), stack.name);
  const client = openServer(settings, stack.name);
  // First what needs no login: a wrong address is not a wrong password.
  const version = await client.version();
  await client.signIn();
  const { username, isAdmin } = await readOwnAccount(client);
  return { settings, client, version, username, isAdmin };
}

/** One sentence for people. */
export function describeLogin({ url }: Pick<NewStack, "url">, login: TestedLogin): string {
  const account = login.isAdmin ? "" : " It has not the role Admin, which creating databases needs.";
  return `Superset ${login.version} at ${url}: the user "${login.username}" can log in.${account}`;
}
