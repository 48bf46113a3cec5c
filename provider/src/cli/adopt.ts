import { ProblemError } from "../core/errors";
import { inTemporaryFolder } from "../core/temporary-folder";
import { stopped } from "./ask";
import { explainEngine } from "./engine-failures";
import { type EngineRun, runPulumi } from "./pulumi-engine";
import { writeSettingsFile } from "./settings-file";
import type { StackLogin } from "./stack-login";
import { readStackState } from "./stack-state";

/** What came of taking over what a server has. */
export interface Adoption {
  /** How many assets the stack has now. */
  readonly assets: number;
  /** What `pulumi preview` then says; undefined where it finds nothing to do. */
  readonly leftover?: string;
}

/**
 * Takes the objects of a server that are as their files say into a stack. The run has no strategy: what it could write
 * to the server it leaves out, so that only the state changes.
 *
 * @param login what the engine's processes need to log in; holds no secret
 * @throws ProblemError `init/not-adopted`, `cli/stopped`
 */
export async function adopt(stack: string, cwd: string, login: StackLogin["env"]): Promise<Adoption> {
  return inTemporaryFolder(async (folder) => {
    const settings = writeSettingsFile(stack, cwd, { strategy: "" }, folder);
    const up = ["up", "--stack", stack, "--yes", "--skip-preview", "--non-interactive", "--parallel", "512"];
    // A state that is lost with a killed run costs nothing: the next one takes over the same.
    const env = { ...login, PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };
    assertDone(await runPulumi([...up, "--config-file", settings], { cwd, env }), stack);
    const look = ["preview", "--stack", stack, "--non-interactive", "--expect-no-changes", "--parallel", "512"];
    const preview = await runPulumi(look, { cwd, env: login });
    if (preview.cancelled) throw stopped();
    const assets = (await readStackState(stack, cwd)).length;
    return preview.code === 0 ? { assets } : { assets, leftover: preview.output.trim() };
  });
}

function assertDone({ code, output, cancelled }: EngineRun, stack: string): void {
  if (cancelled) throw stopped();
  if (code === 0) return;
  throw (
    explainEngine(output) ??
    new ProblemError({
      code: "init/not-adopted",
      summary: "The project is made, but what the server has was not taken over. Nothing was written to the server.",
      why: output.trim(),
      remedy: `Correct what it says, then run \`npx pulumi-superset deploy --stack ${stack} --strategy ""\`: it takes over, and writes nothing to the server.`,
      place: { stack },
    })
  );
}
