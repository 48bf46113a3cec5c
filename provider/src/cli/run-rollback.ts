import { join, relative, resolve } from "node:path";
import { ProblemError } from "../core/errors";
import { plainLine } from "../core/plain-text";
import { inTemporaryFolder } from "../core/temporary-folder";
import { normaliseUrl } from "../superset/connection";
import { unpackBundle } from "./bundle";
import { changeStack } from "./change-stack";
import { assertWord, confirm, confirmWord } from "./confirm";
import { findFirstRun } from "./in-force";
import { findStackOfRole, type Instance, openInstance } from "./instances";
import { listManifests, MANIFESTS, type Manifest, nameAuthor, readManifest } from "./manifest";
import { tell } from "./progress";
import { findProject } from "./project-files";
import { readDefinitions } from "./read-definitions";

/** What `rollback` was called with. */
export interface RollbackOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly failFast?: boolean;
  readonly parallel: string;
}

/**
 * Brings a stack back to what a manifest keeps.
 *
 * @returns the exit code
 */
export async function runRollback(file: string | undefined, given: RollbackOptions): Promise<number> {
  const { cwd, dryRun = false, yes = false, failFast = false, parallel } = given;
  const manifest = file === undefined ? await findNewest(cwd) : readManifest(resolve(file));
  const instance = await openInstance(manifest.stack, cwd);
  assertSameServer(manifest, instance);
  const isProduction = instance.settings.role === "production";
  const question = `Roll ${instance.settings.url} back?`;
  if (isProduction && !dryRun) assertWord(question, WORD, given.confirm);
  tellExtensions(manifest);
  return inTemporaryFolder(async (folder) => {
    await unpackBundle(Buffer.from(manifest.bundle, "base64"), folder);
    const code = await changeStack({
      instance,
      // What the promotion made is in no file of the bundle.
      options: {
        ...{ stack: manifest.stack, cwd, parallel, failFast, mayEmpty: true },
        overrides: { assets: folder, strategy: STRATEGY, onDrift: "overwrite" },
      },
      declared: await readDefinitions(folder),
      title: `${manifest.stack} as it is → as it was before ${manifest.id}`,
      dryRun,
      ask: (summary) => {
        if (isProduction) return confirmWord(`${summary} ${question}`, WORD, given.confirm);
        return yes ? Promise.resolve(true) : confirm(`${summary} ${question}`);
      },
      note: {
        kind: "rollback",
        author: await nameAuthor(cwd),
        undoes: manifest.id,
      },
    });
    if (code === 0) adviseRevert(manifest);
    return code;
  });
}

const WORD = "ROLLBACK";

/** The content of one server is no way back for another. */
function assertSameServer({ id, target }: Manifest, { name, settings }: Instance): void {
  if (normaliseUrl(target.url) === normaliseUrl(settings.url)) return;
  throw new ProblemError({
    code: "target/other-server",
    summary: `The manifest ${id} is of ${target.url}, and the stack is ${settings.url} now; nothing was written.`,
    remedy: "Correct superset:url, or name a manifest of this server.",
    place: { stack: name },
    exitCode: 3,
  });
}

/** Whatever the stack allows otherwise, also over later edits: a rollback that leaves half of it would be none. */
const STRATEGY = "CREATE | UPDATE | DELETE";

async function findNewest(cwd: string): Promise<Manifest> {
  const stack = findStackOfRole("production", cwd, "Name the manifest.");
  const { manifests, problems } = listManifests(stack, cwd);
  const [broken] = problems;
  // Which one is the newest, nobody knows then.
  if (broken !== undefined) throw broken;
  const first = findFirstRun(manifests);
  if (first !== undefined) {
    if (first !== manifests[0])
      tell(`The promotion took several runs: this goes back to before the first, ${first.id}.`);
    return first;
  }
  throw new ProblemError({
    code: "rollback/no-manifest",
    summary: `There is no manifest in ${relative(process.cwd(), join(findProject(cwd).folder, MANIFESTS, stack))}.`,
    remedy: "Name the file, or fetch the branch on which it was committed.",
    exitCode: 2,
  });
}

/** A manifest keeps assets; bundles lie with their target, in the version before too. */
function tellExtensions({ assets }: Manifest): void {
  const changed = assets.filter(({ kind }) => kind === "extension");
  if (changed.length === 0) return;
  const lines = changed.map(({ title, action }) => `  ${plainLine(`${title} (${action})`)}\n`);
  process.stderr.write(
    `Extensions are no part of a rollback. These stay as they are:\n${lines.join("")}For the version before: pulumi-superset extension rollback ID --target TARGET\n`,
  );
}

/** Git still has what was promoted. */
function adviseRevert({ kind, commit }: Manifest): void {
  if (kind !== "promotion" || commit === undefined) return;
  const short = commit.slice(0, 9);
  process.stderr.write(
    `The files in git still say what was promoted with ${short}, and the next promotion brings it again. To keep it back:\n  git revert ${short}      (or correct the files)\n`,
  );
}
