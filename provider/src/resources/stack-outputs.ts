import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

const answerSchema = z.object({ outputs: z.record(z.string(), z.object({ type: z.string(), outputs: z.unknown() })) });

/** A resource in the state of a stack. */
export interface StackResource {
  readonly urn: string;
  readonly type: string;
  readonly outputs: unknown;
}

/** Reads the outputs of all resources that the state of a stack has, from the engine; none for a new stack. */
export async function readStackOutputs(stack: string): Promise<StackResource[]> {
  const answer = await pulumi.runtime.invoke(
    "pulumi:pulumi:readStackResourceOutputs",
    { stackName: stack },
    { async: true },
  );
  return Object.entries(answerSchema.parse(answer).outputs).map(([urn, { type, outputs }]) => ({ urn, type, outputs }));
}
