import { z } from "zod";
import * as pulumi from "./pulumi";

/** A resource of the state, with what its hooks left there. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs: unknown;
}

const answerSchema = z.object({ outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.unknown() })) });

/**
 * Reads the stack's state from the engine.
 *
 * @returns empty for a new stack
 */
export async function readStackOutputs(stack: string): Promise<readonly StateResource[]> {
  const answer = await pulumi.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName: stack }, { async: true });
  const { outputs } = answerSchema.parse(answer);
  return Object.entries(outputs).map(([urn, { type, outputs: left }]) => ({ urn, type, outputs: left }));
}
