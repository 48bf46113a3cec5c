import { z } from "zod";
import type { StackFacts } from "../../showtime/cleanup-plan";
import { parseStack } from "../../showtime/names";
import { askPulumi } from "../pulumi-engine";
import { makeProject } from "./workspace";

const stacksSchema = z.array(z.object({ name: z.string(), lastUpdate: z.iso.datetime({ offset: true }).optional() }));

/**
 * The stacks of pull requests in the backend.
 *
 * @param project that of the settings
 * @throws ProblemError `engine/missing`, `engine/no-login`
 */
export async function listStacks(project: string): Promise<StackFacts[]> {
  const folder = makeProject(project);
  try {
    const text = await askPulumi(["stack", "ls", "--json", "--non-interactive"], folder.path);
    return stacksSchema.parse(JSON.parse(text)).flatMap(({ name, lastUpdate }) => {
      // Stacks of Pulumi Cloud are told with their organisation.
      const pullRequest = parseStack(name.split("/").pop() ?? name);
      if (pullRequest === undefined) return [];
      return [{ pullRequest, updated: lastUpdate === undefined ? undefined : new Date(lastUpdate) }];
    });
  } finally {
    folder.remove();
  }
}
