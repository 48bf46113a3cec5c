import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import type { Command } from "commander";
import { ProblemError } from "../core/errors";
import { unpackBundle } from "./bundle";
import { changeStack } from "./change-stack";
import { confirm, confirmWord } from "./confirm";
import { readAuthor } from "./git";
import { openInstance } from "./instances";
import { listManifests, MANIFESTS, type Manifest, readManifest } from "./manifest";
import { findProject } from "./project-files";
import { openPromotion } from "./promote";
import { readDefinitions } from "./read-definitions";

const DESCRIPTION = `Bring a stack back to what it was before a promotion, a sync or a rollback: the content that its manifest keeps, with the same UUIDs and, for all that was not deleted, the same integer ids. What came with it is removed, what it deleted returns.

It is a \`pulumi up\` like any other: it shows the plan, asks, and applies exactly that, so the stack's state stays true. It leaves a manifest of its own, so a rollback can be rolled back. The files in git are not changed: the command says which commit to revert, or the next promotion brings it all again.`;

const EXAMPLES = `
Examples:
  pulumi-superset rollback                     the newest manifest of production
  pulumi-superset rollback --dry-run
  pulumi-superset rollback promotions/production/20261122T031500Z-1a2b3c4d5.json
  pulumi-superset rollback --yes --confirm ROLLBACK      in CI

Exit codes: 0 done or nothing to do, 1 failed, 2 bad usage, 3 refused,
7 --dry-run found something to do`;

interface CommandOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly confirm?: string;
  readonly failFast?: boolean;
  readonly parallel: string;
}

/** `pulumi-superset rollback`: what was there before. */
export function addRollbackCommand(program: Command): void {
  program
    .command("rollback")
    .summary("bring a stack back to what it was before a promotion")
    .description(DESCRIPTION)
    .argument("[manifest]", `file below ${MANIFESTS}/ (default: the newest one of production)`)
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("-n, --dry-run", "only show what would be done")
    .option("-y, --yes", "do not ask; production needs --confirm besides")
    .option("--confirm <word>", "ROLLBACK, where nobody sits at a terminal")
    .option("--continue-on-error", "go on with the others when one fails (this is the default)")
    .option("--fail-fast", "stop at the first asset that fails")
    .option("--parallel <number>", "resources handled at the same time", "512")
    .addHelpText("after", EXAMPLES)
    .action(async (file: string | undefined, options: CommandOptions) => {
      process.exitCode = await rollBack(file, options);
    });
}

/** @returns the exit code */
async function rollBack(file: string | undefined, given: CommandOptions): Promise<number> {
  const { cwd, dryRun = false, yes = false, failFast = false, parallel } = given;
  const manifest = file === undefined ? await findNewest(cwd) : readManifest(resolve(file));
  const instance = await openInstance(manifest.stack, cwd);
  const isProduction = instance.settings.role === "production";
  const folder = mkdtempSync(join(tmpdir(), "pulumi-superset-"));
  try {
    await unpackBundle(Buffer.from(manifest.bundle, "base64"), folder);
    const code = await changeStack({
      instance,
      // What the promotion made is in no file of the bundle.
      options: { stack: manifest.stack, cwd, parallel, failFast, overrides: { assets: folder, strategy: STRATEGY } },
      declared: await readDefinitions(folder),
      title: `${manifest.stack} as it is → as it was before ${manifest.id}`,
      dryRun,
      ask: (summary) =>
        isProduction
          ? confirmWord(`${summary} Roll ${instance.settings.url} back?`, "ROLLBACK", given.confirm)
          : yes
            ? Promise.resolve(true)
            : confirm(`${summary} Roll ${instance.settings.url} back?`),
      note: {
        kind: "rollback",
        author:
          (await readAuthor(findProject(cwd).folder)) ?? process.env.GITHUB_ACTOR ?? process.env.USER ?? "unknown",
        undoes: manifest.id,
      },
    });
    if (code === 0) adviseRevert(manifest);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Everything, whatever the stack allows otherwise: a rollback that leaves half of it would be none. */
const STRATEGY = "CREATE | UPDATE | DELETE";

async function findNewest(cwd: string): Promise<Manifest> {
  const { production } = await openPromotion(cwd);
  const [newest] = listManifests(production.name, cwd);
  if (newest !== undefined) return newest;
  throw new ProblemError({
    code: "rollback/no-manifest",
    summary: `There is no manifest in ${relative(process.cwd(), join(findProject(cwd).folder, MANIFESTS, production.name))}.`,
    remedy: "Name the file, or fetch the branch on which it was committed.",
    exitCode: 2,
  });
}

/** Git still has what was promoted. */
function adviseRevert({ kind, commit }: Manifest): void {
  if (kind !== "promotion" || commit === undefined) return;
  const short = commit.slice(0, 9);
  process.stderr.write(
    `The files in git still say what was promoted with ${short}, and the next promotion brings it again. To keep it back:\n  git revert ${short}      (or correct the files)\n`,
  );
}
