import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { inject } from "vitest";
import { queryPostgres } from "./postgres.mjs";
import { resetMetadata } from "./superset-pool.mjs";

/** A real Superset of the tests. */
export interface TestServer {
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** Folder in which it looks for extensions, its `EXTENSIONS_PATH`; empty at first. */
  readonly extensions: string;
  /** Removes everything that people or tests made. */
  empty(): Promise<void>;
  /** Asks its metadata database. */
  query(sql: string): Promise<Record<string, unknown>[]>;
}

/** The server of this worker, empty. Test files of other workers have another one. */
export async function useSuperset(): Promise<TestServer> {
  return use(`worker_${workerNumber()}`);
}

/** A further server of this worker, empty. */
export async function useSecondSuperset(): Promise<TestServer> {
  return use(`second_${workerNumber()}`);
}

function workerNumber(): string {
  return process.env.VITEST_POOL_ID ?? "1";
}

async function use(name: string): Promise<TestServer> {
  const url = inject("servers")[name];
  const extensions = inject("extensionFolders")[name];
  if (url === undefined || extensions === undefined) throw new Error(`There is no test server "${name}".`);
  const port = inject("postgresPort");
  const query = (database: string, sql: string) => queryPostgres(port, database, sql);
  const server: TestServer = {
    name,
    url,
    username: "admin",
    password: "admin",
    extensions,
    empty: () => {
      for (const file of readdirSync(extensions)) rmSync(join(extensions, file), { recursive: true });
      return resetMetadata({ query }, name);
    },
    query: (sql) => query(name, sql),
  };
  await server.empty();
  return server;
}
