import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { connectionOf } from "../../provider/src/login/connection";
import { readSettings } from "../../provider/src/settings/read-settings";
import { createSupersetClient } from "../../provider/src/superset/client";
import { ensurePythonPackages } from "../../scripts/lib/python.mjs";
import { runSupersetCommand, startSuperset } from "../../scripts/lib/superset.mjs";
import {
  CLI_CLIENT,
  RESOURCE,
  SUPERSET_CLIENT,
  startIdentityProvider,
  type TestIdentityProvider,
  USER_PASSWORD,
} from "./identity-provider";
import { freePort, queryPostgres } from "./postgres.mjs";
import { ROOT } from "./pulumi-project";
import { resetMetadata } from "./superset-pool.mjs";

/** What single sign-on needs besides Superset's own packages. */
const SSO_PACKAGES = ["authlib==1.9.9", "joserfc==1.8.0"];

/** The ways to make a server accept an identity provider's users, as `docs/auth.md` has them. */
export type ServerSettings = "api-key" | "request-loader" | "fixed-key";

/** A real Superset with single sign-on. */
export interface SsoServer {
  readonly name: string;
  readonly url: string;
  readonly username: string;
  empty(): Promise<void>;
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** What servers need to know of an identity provider. */
interface RunningProvider {
  readonly issuer: string;
  readonly publicKey: string;
  close(): Promise<void>;
}

/** Servers and the identity provider that they share. */
export interface SingleSignOn<Provider extends RunningProvider = TestIdentityProvider> {
  readonly provider: Provider;
  readonly servers: Readonly<Record<string, SsoServer>>;
  stop(): Promise<void>;
}

/** Starts one server for each name, with the settings in `docs/auth.md`: those for single sign-on, and those of its name. */
export async function startSingleSignOn(names: readonly ServerSettings[]): Promise<SingleSignOn> {
  return startServers(names, (supersetUrls) => startIdentityProvider({ supersetUrls }));
}

/**
 * The same with another identity provider.
 *
 * @param startProvider is told where the servers want the browser sent back to
 */
export async function startServers<Provider extends RunningProvider>(
  names: readonly ServerSettings[],
  startProvider: (redirects: readonly string[]) => Promise<Provider>,
): Promise<SingleSignOn<Provider>> {
  const ports = new Map<string, number>();
  for (const name of names) ports.set(name, await freePort());
  const redirects = [...ports.values()].map((port) => `http://127.0.0.1:${port}/oauth-authorized/keycloak`);
  const provider = await startProvider(redirects);
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-sso-"));
  const packages = await ensurePythonPackages(SSO_PACKAGES);
  const started = await Promise.all(
    names.map(async (name) => {
      const home = join(folder, name);
      const settings = [readBlock("sso"), readBlock(name)].map((block) => fillIn(block, provider)).join("\n");
      const extraConfig = [`import sys; sys.path.insert(0, ${JSON.stringify(packages)})`, settings];
      const [database, metadataUri] = await createMetadata(name);
      const server = await startSuperset({ home, port: ports.get(name) ?? 0, metadataUri, extraConfig });
      if (name === "api-key") await runSupersetCommand(home, ["init"]);
      return { name, database, server };
    }),
  );
  const port = inject("postgresPort");
  return {
    provider,
    servers: Object.fromEntries(
      started.map(({ name, database, server: { url } }): [string, SsoServer] => {
        const query = (sql: string) => queryPostgres(port, database, sql);
        const empty = () => resetMetadata({ query: (_: string, sql: string) => query(sql) }, database);
        return [name, { name: database, url, username: "anna", empty, query }];
      }),
    ),
    async stop() {
      await Promise.all(started.map(({ server }) => server.stop()));
      await provider.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The server makes users of those who log in there once. */
export async function registerUser(
  { url }: SsoServer,
  { issuer }: TestIdentityProvider,
  username: string,
): Promise<void> {
  const login = { provider: "session", loginProvider: "keycloak", loginOrigin: issuer };
  const auth = JSON.stringify({ ...login, username, password: USER_PASSWORD });
  await createSupersetClient(connectionOf(readSettings({ url, role: "qa", auth }))).signIn();
}

/** The settings of a stack on which a person logs in in the browser. */
export function browserAuth({ issuer }: TestIdentityProvider) {
  return { provider: "oidc", issuer, clientId: CLI_CLIENT, resource: RESOURCE, deadlineSeconds: 60 };
}

/** How often somebody logged in in the browser. */
export function countLogins({ tokenRequests }: TestIdentityProvider): number {
  return tokenRequests.filter((form) => form.get("grant_type") === "authorization_code").length;
}

async function createMetadata(name: string): Promise<[string, string]> {
  const port = inject("postgresPort");
  const database = `sso_${name.replaceAll("-", "_")}_${process.pid}`;
  await queryPostgres(port, "postgres", `CREATE DATABASE ${database} TEMPLATE superset_template`);
  return [database, `postgresql+psycopg2://postgres:postgres@127.0.0.1:${port}/${database}`];
}

/** The settings of a server as people read them. */
function readBlock(name: string): string {
  const text = readFileSync(join(ROOT, "docs/auth.md"), "utf8");
  const block = new RegExp(`<!-- server: ${name} -->\n\n\`\`\`python\n(.*?)\n\`\`\``, "s").exec(text)?.[1];
  if (block === undefined) throw new Error(`docs/auth.md has no settings "${name}".`);
  return block;
}

/** What everybody has to fill in: addresses, secret, key, and which role new users get. */
function fillIn(block: string, { issuer, publicKey }: RunningProvider): string {
  return block
    .replaceAll("https://sso.example.com/realms/data", issuer)
    .replace('AUDIENCE = "superset"', `AUDIENCE = "${RESOURCE}"`)
    .replace('"client_secret": "…"', `"client_secret": "${SUPERSET_CLIENT.secret}"`)
    .replace(/-----BEGIN[\s\S]*END PUBLIC KEY-----/, publicKey.trim())
    .replace('ROLE = "Gamma"', 'ROLE = "Admin"');
}
