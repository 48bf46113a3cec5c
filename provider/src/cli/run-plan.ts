import { resolve } from "node:path";
import { readAssets } from "../assets/read-folder";
import { changeStack } from "./change-stack";
import type { DeployOptions } from "./deploy";
import { openInstance } from "./instances";
import { withFailureReport } from "./report-file";
import { assertHarmless } from "./untrusted-folder";
import { chooseScope } from "./validate-scope";

/** A deployment that is only planned, for a file. */
export interface PlanRequest {
  readonly options: DeployOptions;
  /** The asset files; undefined: those of the settings. */
  readonly folder: string | undefined;
  readonly untrusted: boolean | undefined;
  readonly report: string;
}

/**
 * Writes in words what a deployment would do.
 *
 * @returns the exit code
 */
export function runPlan({ options, folder, untrusted, report }: PlanRequest): Promise<number> {
  const { stack, cwd } = options;
  return withFailureReport(
    report,
    () => stack,
    async () => {
      const instance = await openInstance(stack, cwd);
      const assetsDir = folder ?? resolve(instance.folder);
      if (untrusted) await assertHarmless(assetsDir);
      const scope = chooseScope({ cwd, stack, assetsDir });
      const { definitions: declared } = await readAssets(scope.folder, scope.read);
      const title = `${stack} as it is → the files`;
      const ask = () => Promise.resolve(false);
      const code = await changeStack({ instance, options, declared, title, dryRun: true, ask, report });
      return code === 7 ? 0 : code;
    },
  );
}
