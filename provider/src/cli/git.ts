import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { join, posix, sep } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** No output of git that is read here comes near. */
const LONGEST_OUTPUT = 256 * 1024 * 1024;

/** Runs git for what it prints; undefined where there is no git, no repository, or nothing of the kind in it. */
async function askGit(folder: string, args: readonly string[]): Promise<string | undefined> {
  return (await askGitForBytes(folder, args))?.toString("utf8");
}

async function askGitForBytes(folder: string, args: readonly string[]): Promise<Buffer | undefined> {
  try {
    const { stdout } = await run("git", ["-C", folder, ...args], { maxBuffer: LONGEST_OUTPUT, encoding: "buffer" });
    return stdout;
  } catch (error) {
    const { code } = error as { code?: string | number };
    // Git itself answered: no repository, or nothing of the kind.
    if (code === "ENOENT" || typeof code === "number") return undefined;
    throw error;
  }
}

/**
 * The files below a folder that differ from the last commit, also new ones.
 *
 * @returns paths on the disk; undefined where there is no repository
 */
export async function listUncommitted(folder: string): Promise<ReadonlySet<string> | undefined> {
  const root = await askGit(folder, ["rev-parse", "--show-toplevel"]);
  const status = await askGit(folder, [
    "status",
    "--porcelain=v1",
    "-z",
    "--untracked-files=all",
    "--no-renames",
    "--",
    ".",
  ]);
  if (root === undefined || status === undefined) return undefined;
  const paths = status.split("\0").flatMap((entry) => (entry === "" ? [] : [entry.slice(3)]));
  return new Set(paths.map((path) => join(realpathSync(root.trim()), path)));
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
 */
export async function archiveFolder(folder: string, commit: string, path: string): Promise<Buffer | undefined> {
  const prefix = (await askGit(folder, ["rev-parse", "--show-prefix"]))?.trim() ?? "";
  const tree = posix.join(prefix, path.split(sep).join("/"));
  return askGitForBytes(folder, ["archive", "--format=zip", tree === "." ? commit : `${commit}:${tree}`]);
}

/** Where a working tree stands. */
export interface TreeState {
  readonly commit: string;
  /** Undefined on a detached head, as CI services check out. */
  readonly branch: string | undefined;
  /** Paths that differ from the commit, also new ones; relative to the repository. */
  readonly uncommitted: readonly string[];
  /** Whether a branch of a remote has the commit. */
  readonly isPushed: boolean;
}

/**
 * Reads where a working tree stands.
 *
 * @param ignored paths inside {@link folder} that do not count
 * @returns undefined where there is no git, or nothing was committed
 */
export async function readTreeState(folder: string, ignored: readonly string[]): Promise<TreeState | undefined> {
  const commit = await findCommit(folder, "HEAD");
  if (commit === undefined) return undefined;
  const branch = (await askGit(folder, ["symbolic-ref", "--quiet", "--short", "HEAD"]))?.trim();
  const status = await askGit(folder, [
    "status",
    "--porcelain=v1",
    "-z",
    "--no-renames",
    "--",
    ".",
    ...ignored.map((path) => `:(exclude)${path}`),
  ]);
  const remotes = await askGit(folder, ["branch", "--remotes", "--contains", commit]);
  return {
    commit,
    branch,
    uncommitted: (status ?? "").split("\0").flatMap((entry) => (entry === "" ? [] : [entry.slice(3)])),
    isPushed: (remotes ?? "").trim() !== "",
  };
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
