import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { z } from "zod";
import { describeUnknown, ProblemError } from "../core/errors";
import { parseJson } from "../core/parse-json";
import { formatJson } from "../core/plain-text";
import { readAuthor } from "./git";
import { findProject } from "./project-files";

/** Where manifests lie, beside Pulumi.yaml: `promotions/<stack>/<id>.json`. */
export const MANIFESTS = "promotions";

/** What brought a stack to another content. */
export const MANIFEST_KINDS = ["promotion", "sync", "rollback"] as const;

const server = z.object({
  stack: z.string().optional().describe("The stack; absent for an instance of ~/.sup/config.yml."),
  url: z.string().describe("Address of the Superset server."),
  version: z.string().describe("Its version."),
});

const asset = z.object({
  kind: z.string(),
  uuid: z.string().optional().describe("Of the definition; rules have none."),
  path: z.string(),
  title: z.string(),
  action: z.string().describe("What was done and why: `update: definition changed`."),
  before: z.string().optional().describe("Checksum of what the server had; absent where it had nothing."),
  after: z.string().optional().describe("Checksum of the definition; absent where it was deleted."),
});

/** The record of one promotion, sync to production, or rollback. */
export const manifestSchema = z.object({
  version: z.literal(1),
  id: z.string().describe("Time and commit; also the name of the file."),
  kind: z.enum(MANIFEST_KINDS),
  stack: z.string().describe("The stack that was changed."),
  status: z
    .enum(["started", "done", "failed"])
    .describe("`started` and never ended: the run was killed. A rollback works from all of them."),
  author: z.string().describe("Who ran it."),
  commit: z.string().optional().describe("The git commit whose files were applied."),
  startedAt: z.string().describe("ISO 8601, UTC."),
  finishedAt: z.string().optional(),
  source: server.optional().describe("Where the content was tested, or came from."),
  target: server,
  undoes: z.string().optional().describe("Of a rollback: the manifest that it undid."),
  assets: z.array(asset).describe("What was to be changed."),
  failed: z.array(z.string()).optional().describe("Paths of what could not be written."),
  bundle: z.string().describe("ZIP of the asset files with the content that the stack had before, in base64."),
});

export type Manifest = z.output<typeof manifestSchema>;

/** Who runs a command: as git knows them, as the CI service does, or the account. */
export async function nameAuthor(cwd: string): Promise<string> {
  const { GITHUB_ACTOR, GITLAB_USER_LOGIN, USER } = process.env;
  const known = GITHUB_ACTOR ?? GITLAB_USER_LOGIN ?? (await readAuthor(findProject(cwd).folder));
  return known ?? USER ?? "unknown";
}

/** Name of a new manifest. */
export function nameManifest(time: Date, commit: string | undefined): string {
  const stamp = time.toISOString().replace(/[-:]/g, "").replace(/\.\d+/, "");
  return commit === undefined ? stamp : `${stamp}-${commit.slice(0, 9)}`;
}

/** A manifest, and where it stands. */
export interface WrittenManifest {
  readonly manifest: Manifest;
  readonly file: string;
}

/**
 * Writes a new manifest. What another process has named so in the same second is not touched: this one gets another name.
 */
export function createManifest(manifest: Manifest, cwd: string): WrittenManifest {
  const folder = makeManifestFolder(manifest.stack, cwd);
  for (let attempt = 1; ; attempt++) {
    const named = attempt === 1 ? manifest : { ...manifest, id: `${manifest.id}-${attempt}` };
    const file = join(folder, `${named.id}.json`);
    try {
      writeFileSync(file, toText(named), { flag: "wx" });
      return { manifest: named, file };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Writes the next version of a manifest, in one step. */
export function writeManifest({ manifest, file }: WrittenManifest): void {
  const draft = join(dirname(file), `.${manifest.id}.tmp`);
  writeFileSync(draft, toText(manifest));
  renameSync(draft, file);
}

function toText(manifest: Manifest): string {
  return `${formatJson(manifest)}\n`;
}

/**
 * Makes the folder of the manifests of a stack.
 *
 * @throws ProblemError `manifest/not-writable`
 */
export function makeManifestFolder(stack: string, cwd: string): string {
  const folder = join(findProject(cwd).folder, MANIFESTS, stack);
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return folder;
  } catch (error) {
    throw new ProblemError({
      code: "manifest/not-writable",
      summary: `A manifest has to be written into ${folder}, and cannot be; nothing was written to the server.`,
      why: describeUnknown(error),
      remedy: "Let it be a folder that you may write to: without a manifest there is no way back.",
      place: { stack },
      exitCode: 3,
    });
  }
}

/** The manifests of a stack. */
export interface ManifestList {
  /** The newest first. */
  readonly manifests: readonly Manifest[];
  /** Of the files that are none of this version. */
  readonly problems: readonly ProblemError[];
}

/** Reads all manifests of a stack. */
export function listManifests(stack: string, cwd: string): ManifestList {
  const folder = join(findProject(cwd).folder, MANIFESTS, stack);
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const manifests: Manifest[] = [];
  const problems: ProblemError[] = [];
  for (const name of names.filter((entry) => entry.endsWith(".json") && !entry.startsWith("."))) {
    try {
      manifests.push(readManifest(join(folder, name)));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      problems.push(error);
    }
  }
  // Of two of one second the name decides.
  const orderOf = ({ startedAt, id }: Manifest) => `${startedAt} ${id}`;
  return { manifests: manifests.sort((left, right) => (orderOf(left) < orderOf(right) ? 1 : -1)), problems };
}

/**
 * Reads a manifest.
 *
 * @throws ProblemError `manifest/missing`, `manifest/invalid`
 */
export function readManifest(file: string): Manifest {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) throw manifestMissing(file);
  const parsed = manifestSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new ProblemError({
    code: "manifest/invalid",
    summary: "The file is no manifest of this version.",
    why: z.prettifyError(parsed.error),
    remedy: "Take it from git as it was written.",
    place: { file },
    exitCode: 2,
  });
}

function manifestMissing(file: string): ProblemError {
  return new ProblemError({
    code: "manifest/missing",
    summary: "There is no such file.",
    remedy: "`pulumi-superset history` lists the manifests; they are below promotions/.",
    place: { file },
    exitCode: 2,
  });
}
