import { createHash } from "node:crypto";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";

const PATH = "/api/v1/extensions/";

const listSchema = z.object({
  result: z.array(z.object({ id: z.string(), version: z.string(), remoteEntry: z.string().optional() })),
});

/** An extension as the server lists it. */
export type ListedExtension = z.output<typeof listSchema>["result"][number];

/** What the server is to show of a bundle. */
export interface WantedExtension {
  readonly id: string;
  readonly publisher: string;
  readonly name: string;
  readonly version: string;
  /** The file that the browser loads first; absent where the extension has no frontend. */
  readonly entry?: { readonly file: string; readonly sha256: string };
}

/** What the server shows instead of a bundle. */
export interface ListingDifference {
  readonly kind: "absent" | "version" | "entry-missing" | "entry-content";
  /** One clause: `the server lists 0.1.0`. */
  readonly says: string;
}

/**
 * All extensions that the server has found, read anew for this request.
 *
 * @throws ProblemError `extensions/not-enabled`, `extensions/not-permitted`
 */
export async function listExtensions(client: SupersetClient): Promise<readonly ListedExtension[]> {
  try {
    return (await client.get(PATH, listSchema)).result;
  } catch (error) {
    throw explainRefusal(error, client.connection.url);
  }
}

/** What a refused list means, which Superset does not say. */
function explainRefusal(error: unknown, url: string): unknown {
  if (!(error instanceof SupersetError)) return error;
  const cause = { why: error.said ?? error.summary, cause: error, exitCode: 3 } as const;
  if (error.status === 404) {
    return new ProblemError({
      code: "extensions/not-enabled",
      summary: `Superset at ${url} has no extensions: their address answers with 404.`,
      remedy:
        'Set FEATURE_FLAGS = {"ENABLE_EXTENSIONS": True} in superset_config.py, restart Superset and run `superset init`. Is superset:url right, with its path if it has one?',
      ...cause,
    });
  }
  if (error.status !== 403) return error;
  return new ProblemError({
    code: "extensions/not-permitted",
    summary: `The account may not read the extensions of Superset at ${url}: their address answers with 403.`,
    remedy:
      'Run `superset init` once after ENABLE_EXTENSIONS was set: it makes the permission, which even Admin lacks before. Another role needs "can_read on Extensions".',
    ...cause,
  });
}

/**
 * Compares what the server shows with a bundle: id and version of the list, and the content of the frontend's entry file.
 *
 * @returns undefined where the server shows the bundle
 * @throws ProblemError `extensions/not-enabled`, `extensions/not-permitted`
 */
export async function compareListing(
  client: SupersetClient,
  wanted: WantedExtension,
): Promise<ListingDifference | undefined> {
  const listed = await listExtensions(client);
  const own = listed.find(({ id }) => id === wanted.id);
  if (own === undefined) return { kind: "absent", says: `the server lists ${describeListed(listed)}` };
  if (own.version !== wanted.version) return { kind: "version", says: `the server lists version ${own.version}` };
  return wanted.entry === undefined ? undefined : compareEntry(client, wanted, wanted.entry);
}

function describeListed(listed: readonly ListedExtension[]): string {
  if (listed.length === 0) return "no extension at all";
  return `only ${listed.map(({ id, version }) => `${id} ${version}`).join(", ")}`;
}

async function compareEntry(
  client: SupersetClient,
  { publisher, name }: WantedExtension,
  { file, sha256 }: NonNullable<WantedExtension["entry"]>,
): Promise<ListingDifference | undefined> {
  try {
    const content = await client.getBinary(`${PATH}${publisher}/${name}/${encodeURIComponent(file)}`);
    if (createHash("sha256").update(content).digest("hex") === sha256) return undefined;
    return { kind: "entry-content", says: `the server serves another ${file}` };
  } catch (error) {
    if (!(error instanceof SupersetError) || error.status !== 404) throw error;
    return { kind: "entry-missing", says: `the server has no ${file} of it` };
  }
}
