import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { join, posix, relative, sep } from "node:path";
import { promisify } from "node:util";
import { describeUnknown, ProblemError } from "../core/errors";

const run = promisify(execFile);

/** No output of git that is read here comes near. */
const LONGEST_OUTPUT = 256 * 1024 * 1024;

/** Runs git for what it prints; undefined where there is no git, no repository, or nothing of the kind in it. */
async function askGit(folder: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await runGit(folder, args)).toString("utf8");
  } catch (error) {
    const { code } = error as { code?: string | number };
    // Git itself answered: no repository, or nothing of the kind.
    if (code === "ENOENT" || typeof code === "number") return undefined;
    throw error;
  }
}

async function runGit(folder: string, args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run("git", ["-C", folder, ...args], { maxBuffer: LONGEST_OUTPUT, encoding: "buffer" });
  return stdout;
}

/**
 * Which files hold what git does not have: changed since the last commit, new or ignored. Where git tells nothing, all
 * of them.
 *
 * @param folder in which they are
 * @param locations of files that are there
 */
export async function pickUncommitted(folder: string, locations: readonly string[]): Promise<string[]> {
  const uncommitted = await listUncommitted(folder);
  if (uncommitted === undefined) return [...locations];
  // Git names files without the links on the way to them.
  return locations.filter((location) => uncommitted.has(realpathSync(location)));
}

/** Paths on the disk; undefined where git tells nothing. */
async function listUncommitted(folder: string): Promise<ReadonlySet<string> | undefined> {
  const root = await askGit(folder, ["rev-parse", "--show-toplevel"]);
  const status = await askGit(folder, [...STATUS, "--ignored", "--", "."]);
  if (root === undefined || status === undefined) return undefined;
  return new Set(readStatus(status).map((path) => join(realpathSync(root.trim()), path)));
}

/** New files too, whatever git's own settings say. */
const STATUS = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"];

function readStatus(status: string): string[] {
  return status.split("\0").flatMap((entry) => (entry === "" ? [] : [entry.slice(3)]));
}

/** The commit that a name means; undefined where it means none. */
export async function findCommit(folder: string, revision: string): Promise<string | undefined> {
  // A name that begins with a dash would be an option.
  if (revision.startsWith("-")) return undefined;
  return (await askGit(folder, ["rev-parse", "--verify", "--quiet", `${revision}^{commit}`]))?.trim();
}

/**
 * A folder as a commit has it.
 *
 * @param path of the folder, relative to the folder in which git runs
 * @returns a ZIP of what is in it; undefined where the commit does not have it
 * @throws ProblemError `git/outside`, `git/failed`
 */
export async function archiveFolder(folder: string, commit: string, path: string): Promise<Buffer | undefined> {
  const prefix = (await askGit(folder, ["rev-parse", "--show-prefix"]))?.trim() ?? "";
  const inside = posix.join(prefix, path.split(sep).join("/"));
  if (inside.startsWith("..")) throw outsideRepository(path);
  const tree = inside === "." ? commit : `${commit}:${inside}`;
  // Below the root of the repository, `git archive` looks for its own folder inside the tree.
  const root = (await askGit(folder, ["rev-parse", "--show-toplevel"]))?.trim() ?? folder;
  if ((await askGit(root, ["cat-file", "-e", tree])) === undefined) return undefined;
  try {
    return await runGit(root, ["archive", "--format=zip", tree]);
  } catch (error) {
    throw archiveFailed(tree, error);
  }
}

function outsideRepository(path: string): ProblemError {
  return new ProblemError({
    code: "git/outside",
    summary: `The folder ${path} is outside of the git repository of the project, so no commit of it has the files.`,
    remedy: "Name a folder or a ZIP file instead of a git revision.",
    exitCode: 2,
  });
}

function archiveFailed(tree: string, error: unknown): ProblemError {
  const { stderr } = error as { stderr?: Buffer };
  return new ProblemError({
    code: "git/failed",
    summary: `Git could not read ${tree}.`,
    why: stderr?.toString().trim() || describeUnknown(error),
    remedy: `Run \`git archive ${tree}\` by hand to see more.`,
    cause: error,
  });
}

/** Where a working tree stands. */
export interface TreeState {
  readonly commit: string;
  /** Undefined on a detached head, as CI services check out. */
  readonly branch: string | undefined;
  /** Paths that differ from the commit, also new ones; relative to the repository. */
  readonly uncommitted: readonly string[];
  /** Whether git tells nothing of the asset files, because they are in no repository. */
  readonly isPartly: boolean;
  /** Whether a branch of a remote has the commit. */
  readonly isPushed: boolean;
}

/** What {@link readTreeState} looks at. */
export interface ProjectTree {
  readonly folder: string;
  /** Folder of the asset files, which may lie beside the project, also in a repository of its own. */
  readonly assets: string;
  /** Paths inside {@link folder} that do not count. */
  readonly ignored: readonly string[];
}

/**
 * Reads where a working tree stands.
 *
 * @returns undefined where there is no git, or nothing was committed
 */
export async function readTreeState({ folder, assets, ignored }: ProjectTree): Promise<TreeState | undefined> {
  const commit = await findCommit(folder, "HEAD");
  if (commit === undefined) return undefined;
  const branch = (await askGit(folder, ["symbolic-ref", "--quiet", "--short", "HEAD"]))?.trim();
  const paths = ignored.map((path) => join(realpathSync(folder), path));
  const [own, ofAssets] = await Promise.all([listChanges(folder, paths), listChanges(assets, paths)]);
  const remotes = await askGit(folder, ["branch", "--remotes", "--contains", commit]);
  return {
    commit,
    branch,
    uncommitted: [...new Set([...(own ?? []), ...(ofAssets ?? [])])],
    isPartly: own === undefined || ofAssets === undefined,
    isPushed: (remotes ?? "").trim() !== "",
  };
}

/** Paths below a folder that differ from the commit; undefined where git tells nothing. */
async function listChanges(folder: string, ignored: readonly string[]): Promise<string[] | undefined> {
  if (!existsSync(folder)) return undefined;
  const inside = ignored.map((path) => relative(realpathSync(folder), path)).filter((path) => !path.startsWith(".."));
  const status = await askGit(folder, [...STATUS, "--", ".", ...inside.map((path) => `:(exclude)${path}`)]);
  return status === undefined ? undefined : readStatus(status);
}

/** Why git may not tell what is asked of it, one sentence and what to do; undefined where it could tell all. */
export async function explainGit(folder: string): Promise<string | undefined> {
  try {
    const { stdout } = await run("git", ["-C", folder, "rev-parse", "--is-shallow-repository"]);
    if (stdout.trim() === "true") return "This is a shallow clone: `git fetch --unshallow` brings the older commits.";
    return (await findCommit(folder, "HEAD")) === undefined ? "Nothing was committed yet." : undefined;
  } catch (error) {
    const { code, stderr = "" } = error as { code?: string | number; stderr?: string };
    if (code === "ENOENT") return "There is no `git` on the PATH: install it.";
    if (typeof code !== "number") throw error;
    if (/not a git repository/.test(stderr)) return "This is no git repository.";
    // Such as a folder of another user (`safe.directory`).
    return `git refuses: ${stderr.trim().replace(/\s+/g, " ")}`;
  }
}

/** Who works here, as git knows them; undefined where it does not. */
export async function readAuthor(folder: string): Promise<string | undefined> {
  const name = (await askGit(folder, ["config", "user.name"]))?.trim();
  const email = (await askGit(folder, ["config", "user.email"]))?.trim();
  if (!name) return email || undefined;
  return email ? `${name} <${email}>` : name;
}
