import { execFile } from "node:child_process";
import { basename, dirname } from "node:path";
import { promisify } from "node:util";
import { digestText, fromCanonicalText } from "../assets/canonical";
import { defineFromDocument } from "../assets/define";
import type { AssetDocument, Definition } from "../assets/definition";
import { parseYaml } from "../assets/parse-yaml";
import { isUuid } from "../assets/values";
import type { StateAsset } from "./stack-state";

const run = promisify(execFile);

/** Older versions of a file are not looked at: whoever deploys so rarely gets conflicts instead. */
const MAX_VERSIONS = 200;

/** The definition of an asset in the assets folder. */
export interface AssetFile {
  readonly definition: Definition;
  /** Path on the disk. */
  readonly location: string;
}

/**
 * Finds what was last applied: in the state, in the file as it is, in the file's history in git.
 *
 * @returns undefined where it is nowhere; then nobody knows who changed what
 */
export async function findMergeBase(
  asset: StateAsset,
  file: AssetFile | undefined,
): Promise<AssetDocument | undefined> {
  // A refresh puts what is on the server in its place.
  if (digestText(asset.yaml) === asset.checksum) return fromCanonicalText(asset.yaml);
  if (file === undefined) return undefined;
  if (file.definition.digest === asset.checksum) return file.definition.document;
  for await (const text of listVersions(file.location)) {
    const document = parseYaml(text).document;
    if (document !== undefined && digestOf(asset, document) === asset.checksum) return document;
  }
  return undefined;
}

function digestOf({ kind, path, name }: StateAsset, document: AssetDocument): string | undefined {
  return isUuid(document.uuid) ? defineFromDocument(kind, document, { path, name }).digest : undefined;
}

/** The versions of a file in git, the newest first; none where the file is in no repository. */
async function* listVersions(location: string): AsyncGenerator<string> {
  const [folder, name] = [dirname(location), basename(location)];
  const commits = await git(folder, ["log", `-${MAX_VERSIONS}`, "--format=%H", "--diff-filter=AM", "--", name]);
  for (const commit of commits.split("\n").filter((line) => line !== "")) {
    yield await git(folder, ["show", `${commit}:./${name}`]);
  }
}

const NO_REPOSITORY = 128;

async function git(folder: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run("git", [...args], { cwd: folder, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { code } = error as { code?: unknown };
    // No git on this machine, no repository, or one without a commit.
    if (code === "ENOENT" || code === NO_REPOSITORY) return "";
    throw error;
  }
}
