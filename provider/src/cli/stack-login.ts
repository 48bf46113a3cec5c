import { TOKEN_FOLDER_VARIABLE } from "../login/token-protocol";
import { serveTokens } from "../login/token-server";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { openServer } from "./stack-settings";

/** A login that the command and the processes of the engine share. */
export interface StackLogin {
  /** For the engine; holds no secret. */
  readonly env: Readonly<Record<string, string>>;
  /** A client for the command itself, with the same login. It never writes. */
  client(): SupersetClient;
}

/**
 * Logs in where a person has to, and serves the token while something runs: before the engine starts, which then holds
 * the stack's lock. With every other provider the engine's processes log in by themselves.
 *
 * @param own the command's own client, if it has one: then a person logs in once
 * @throws ProblemError `auth/…`
 */
export async function withSharedLogin<T>(
  settings: Settings,
  stack: string,
  run: (login: StackLogin) => Promise<T>,
  own?: SupersetClient,
): Promise<T> {
  const client = () => own ?? openServer(settings, stack);
  if (settings.auth.provider !== "oidc") return run({ env: {}, client });
  const signedIn = client();
  await signedIn.signIn();
  const { auth, url } = signedIn.connection;
  if (auth.provider !== "oidc") throw new Error("bug: the connection has another login than the settings");
  const server = await serveTokens(auth.tokens, url);
  try {
    return await run({ env: { [TOKEN_FOLDER_VARIABLE]: server.folder }, client: () => signedIn });
  } finally {
    await server.close();
  }
}
