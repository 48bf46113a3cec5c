import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");

/** Folders of workflows, inside the repository. */
const FOLDERS = [".github/workflows", "provider/templates/workflows"];

const permissions = z.record(z.string(), z.enum(["read", "write", "none"]));

const stepSchema = z.strictObject({
  id: z.string().optional(),
  name: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
  "working-directory": z.string().optional(),
});

const jobSchema = z.looseObject({
  "runs-on": z.string(),
  "timeout-minutes": z.number(),
  permissions,
  environment: z.string().optional(),
  concurrency: z.object({ group: z.string(), "cancel-in-progress": z.boolean() }).optional(),
  env: z.record(z.string(), z.string()).optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  steps: z.array(stepSchema),
});

const workflowSchema = z.looseObject({
  on: z.record(z.string(), z.unknown()),
  permissions,
  concurrency: z.object({ group: z.string(), "cancel-in-progress": z.boolean() }).optional(),
  jobs: z.record(z.string(), jobSchema),
});

/** One step of a workflow. */
export type WorkflowStep = z.output<typeof stepSchema>;

/** One job of a workflow. */
export type WorkflowJob = z.output<typeof jobSchema>;

/** A workflow as it stands in a file. */
export interface WorkflowFile {
  /** Inside the repository. */
  readonly path: string;
  readonly name: string;
  readonly text: string;
  readonly content: z.output<typeof workflowSchema>;
}

/** All workflows: those of this repository, and those that `init` writes. */
export function listWorkflows(): WorkflowFile[] {
  return FOLDERS.flatMap((folder) => listWorkflowsOf(ROOT, folder));
}

/** The workflows of a folder of a project. */
export function listWorkflowsOf(project: string, folder: string): WorkflowFile[] {
  return readdirSync(join(project, folder)).map((name) => {
    const text = readFileSync(join(project, folder, name), "utf8");
    return { path: `${folder}/${name}`, name, text, content: workflowSchema.parse(parse(text)) };
  });
}
