import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { ProblemError } from "../core/errors";
import { parseJson } from "../core/parse-json";
import { formatJson } from "../core/plain-text";
import type { DeployResult } from "./deploy";
import { findProject } from "./project-files";

/** Name of the list of what a run could not write, beside Pulumi.yaml. */
export const FAILED_ASSETS = "failed-assets.json";

const failedSchema = z.object({
  version: z.literal(1),
  stack: z.string(),
  assets: z.array(
    z.object({
      kind: z.string(),
      name: z.string(),
      path: z.string(),
      title: z.string(),
      /** `failed`, or `not tried` because something before it failed. */
      reason: z.enum(["failed", "not tried"]),
    }),
  ),
});

/** One asset that a run could not write. */
export type FailedAsset = z.output<typeof failedSchema>["assets"][number];

interface Place {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly cwd: string;
}

/**
 * Writes the list of a run; removes that of the run before where nothing failed.
 *
 * @param retries whether the command can be told to try only those (`--retry-failed`)
 */
export function noteFailedAssets(
  { stack, cwd }: Place,
  { code, failed, notDone }: DeployResult,
  retries: boolean,
): void {
  const file = fileOf(cwd);
  const assets = [
    ...failed.map(({ kind, name, path, title }) => ({ kind, name, path, title, reason: "failed" as const })),
    ...notDone.map(({ kind, name, path, title }) => ({ kind, name, path, title, reason: "not tried" as const })),
  ];
  if (assets.length > 0) {
    writeFileSync(file, `${formatJson({ version: 1, stack, assets })}\n`);
    process.stderr.write(`${FAILED_ASSETS} lists them${retries ? "; --retry-failed tries only those again" : ""}.\n`);
  } else if (code === 0 && readList(file)?.stack === stack) rmSync(file, { force: true });
}

/**
 * The names of the resources that the last run of a stack could not write.
 *
 * @throws ProblemError `failed-assets/none` where there is no list, or it is another stack's
 */
export function readFailedAssets({ stack, cwd }: Place): string[] {
  const list = readList(fileOf(cwd));
  if (list !== undefined && list.stack === stack) return list.assets.map(({ name }) => name);
  throw new ProblemError({
    code: "failed-assets/none",
    summary:
      list === undefined
        ? `There is no ${FAILED_ASSETS}, so nothing of the last run failed.`
        : `${FAILED_ASSETS} is about the stack ${list.stack}.`,
    remedy: "Run this without --retry-failed.",
    place: { stack },
    exitCode: 2,
  });
}

/** What the last run in a project could not write, if it said so. */
export function listFailedAssets(cwd: string): readonly FailedAsset[] {
  return readList(fileOf(cwd))?.assets ?? [];
}

function fileOf(cwd: string): string {
  return join(findProject(cwd).folder, FAILED_ASSETS);
}

function readList(file: string): z.output<typeof failedSchema> | undefined {
  if (!existsSync(file)) return undefined;
  const parsed = failedSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (parsed.success) return parsed.data;
  throw new ProblemError({
    code: "failed-assets/invalid",
    summary: `${FAILED_ASSETS} is not a list of this version.`,
    remedy: "Remove it.",
    place: { file },
    exitCode: 2,
  });
}
