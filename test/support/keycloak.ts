import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";
import { CLI_CLIENT, RESOURCE, ROBOT_CLIENT, SUPERSET_CLIENT, USER_PASSWORD } from "./identity-provider";
import { freePort } from "./postgres.mjs";

const REALM = "data";

/** A real Keycloak of the tests. */
export interface Keycloak {
  readonly issuer: string;
  /** Not needed by what is tested with it. */
  readonly publicKey: string;
  close(): Promise<void>;
}

/**
 * Starts a copy of an unpacked Keycloak with a realm for people, a robot and Superset servers.
 *
 * @param distribution its folder
 * @param redirects where Superset servers want the browser sent back to
 */
export async function startKeycloak(distribution: string, redirects: readonly string[]): Promise<Keycloak> {
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-keycloak-"));
  cpSync(distribution, folder, { recursive: true });
  mkdirSync(join(folder, "data/import"), { recursive: true });
  writeFileSync(join(folder, "data/import/realm.json"), JSON.stringify(realm(redirects)));
  const port = await freePort();
  const log = join(folder, "keycloak.log");
  const output = openSync(log, "w");
  const flags = ["--import-realm", "--db=dev-mem", "--http-host=127.0.0.1", `--http-port=${port}`];
  const server = spawn(join(folder, "bin/kc.sh"), ["start-dev", ...flags], {
    env: { ...process.env, JAVA_OPTS_APPEND: "-Xmx512m" },
    stdio: ["ignore", output, output],
    detached: true,
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const issuer = `http://127.0.0.1:${port}/realms/${REALM}`;
  const isReady = async () => {
    if (server.exitCode !== null) return true;
    return (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
  };
  await vi.waitFor(isReady, { timeout: 120_000, interval: 500 });
  if (server.exitCode !== null) throw new Error(`Keycloak did not start:\n${readFileSync(log, "utf8")}`);
  return {
    issuer,
    publicKey: "",
    async close() {
      process.kill(-(server.pid ?? 0), "SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function realm(redirects: readonly string[]): object {
  const person = { firstName: "Anna", lastName: "Test", email: "anna@example.com", emailVerified: true };
  const credentials = [{ type: "password", value: USER_PASSWORD, temporary: false }];
  return {
    realm: REALM,
    enabled: true,
    sslRequired: "none",
    accessTokenLifespan: 300,
    users: [{ username: "anna", enabled: true, ...person, credentials }],
    clients: [
      {
        clientId: CLI_CLIENT,
        publicClient: true,
        standardFlowEnabled: true,
        redirectUris: ["http://127.0.0.1/callback"],
        attributes: { "pkce.code.challenge.method": "S256" },
        protocolMappers: [audience()],
      },
      {
        clientId: ROBOT_CLIENT.id,
        secret: ROBOT_CLIENT.secret,
        serviceAccountsEnabled: true,
        standardFlowEnabled: false,
        protocolMappers: [audience()],
      },
      { clientId: SUPERSET_CLIENT.id, secret: SUPERSET_CLIENT.secret, redirectUris: redirects },
    ],
  };
}

function audience(): object {
  return {
    name: "superset",
    protocol: "openid-connect",
    protocolMapper: "oidc-audience-mapper",
    config: { "included.custom.audience": RESOURCE, "access.token.claim": "true" },
  };
}
