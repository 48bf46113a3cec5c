import { readSettings } from "../settings/read-settings";
import { readOwnAccount } from "../superset/account";
import { type NewStack, toNewSettings } from "./new-stack";
import { openServer } from "./stack-settings";

/** What a login told of a server. */
export interface TestedLogin {
  readonly version: string;
  /** Whether it may do everything that a deployment can need. */
  readonly isAdmin: boolean;
}

/**
 * Logs in to the server of a stack that is to be made.
 *
 * @throws ProblemError `connection/…`, `superset/…`, `auth/…`
 */
export async function testLogin(stack: NewStack): Promise<TestedLogin> {
  const client = openServer(readSettings(toNewSettings(stack), stack.name), stack.name);
  // First what needs no login: a wrong address is not a wrong password.
  const version = await client.version();
  await client.signIn();
  const { isAdmin } = await readOwnAccount(client);
  return { version, isAdmin };
}

/** One sentence for people. */
export function describeLogin({ url, username }: Pick<NewStack, "url" | "username">, login: TestedLogin): string {
  const account = login.isAdmin ? "" : " It has not the role Admin, which creating databases needs.";
  return `Superset ${login.version} at ${url}: the user "${username}" can log in.${account}`;
}
