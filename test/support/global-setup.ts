import { pbkdf2Sync } from "node:crypto";
import type { TestProject } from "vitest/node";
import { ensurePulumi } from "../../scripts/lib/pulumi.mjs";
import { ADMIN } from "../../scripts/lib/superset.mjs";
import { startSupersetPool } from "./superset-pool.mjs";
import { writeTestData } from "./test-data.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** Addresses of the servers by the name of their metadata database. */
    servers: Record<string, string>;
    /** Folders in which the servers look for extensions, by the name of their metadata database. */
    extensionFolders: Record<string, string>;
    postgresPort: number;
    /** SQLite file with the sample's data. */
    sampleData: string;
    /** Folder of the Pulumi CLI. */
    pulumiFolder: string;
  }
}

/** Two servers for each worker: of what is brought from one to another, both are real. */
const NAMES = ["worker_1", "worker_2", "second_1", "second_2"];

/** What Superset has switched off by itself: what hangs on assets (reports, roles, tags, embedding), and extensions. */
const FEATURES =
  'FEATURE_FLAGS = {"ALERT_REPORTS": True, "DASHBOARD_RBAC": True, "EMBEDDED_SUPERSET": True, "TAGGING_SYSTEM": True, "ENABLE_EXTENSIONS": True}';

/** Of each request Superset writes a row that nobody reads here, and it checks its own schema of each query anew. */
const LESS_WORK = `
from jsonschema import Draft202012Validator
from superset.utils.log import AbstractEventLogger

class NoLog(AbstractEventLogger):
    def log(self, *args, **kwargs):
        pass

EVENT_LOGGER = NoLog()
Draft202012Validator.check_schema = classmethod(lambda cls, *args, **kwargs: None)
`;

/** Superset's own way to keep passwords takes a seventh of a second of a processor for each login, of which there are thousands. */
const QUICK_PASSWORDS = 'FAB_PASSWORD_HASH_METHOD = "pbkdf2:sha256:1"';

function quickHash(password: string): string {
  const salt = "of-the-tests";
  return `pbkdf2:sha256:1$${salt}$${pbkdf2Sync(password, salt, 1, 32, "sha256").toString("hex")}`;
}

/** Starts everything real that the tests talk to, once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const pool = await startSupersetPool({ names: NAMES, extraConfig: [FEATURES, QUICK_PASSWORDS, LESS_WORK] });
  for (const name of NAMES) {
    await pool.postgres.query(
      name,
      `UPDATE ab_user SET password = '${quickHash(ADMIN.password)}' WHERE username = '${ADMIN.username}'`,
    );
  }
  project.provide("servers", Object.fromEntries(pool.servers.map(({ name, url }) => [name, url])));
  project.provide(
    "extensionFolders",
    Object.fromEntries(pool.servers.map(({ name, extensions }) => [name, extensions])),
  );
  project.provide("postgresPort", pool.postgres.port);
  project.provide("sampleData", await writeTestData());
  project.provide("pulumiFolder", (await ensurePulumi({ log: () => undefined })).bin);
  return () => pool.stop();
}
