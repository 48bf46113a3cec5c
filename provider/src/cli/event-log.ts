import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { nameOfUrn } from "../plan/names";

const step = z.object({ metadata: z.object({ urn: z.string(), op: z.string().optional() }) });

const eventSchema = z.object({ resOutputsEvent: step.optional(), resOpFailedEvent: step.optional() });

/** What became of resources, by their logical names. */
export interface Outcomes {
  readonly done: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
  /** Whether nothing was written, nor tried to be: components are no objects of a server. */
  readonly isUntouched: boolean;
}

/** What the classes of assets and rules have in common; the URN of a nested resource has those of its parents before it. */
const WRITTEN_TYPE = /(::|\$)pulumi-nodejs:dynamic\/superset:\w+::/;

/**
 * What the engine says about the resources that it came to.
 *
 * @param file what `pulumi up --event-log` wrote, one JSON object a line
 */
export function readOutcomes(file: string): Outcomes {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const events = lines.map((line) => eventSchema.parse(JSON.parse(line)));
  const isWrite = ({ resOutputsEvent: event }: (typeof events)[number]) =>
    event !== undefined && event.metadata.op !== "same" && WRITTEN_TYPE.test(event.metadata.urn);
  const namesOf = (key: "resOutputsEvent" | "resOpFailedEvent") =>
    new Set(events.flatMap(({ [key]: event }) => (event === undefined ? [] : (nameOfUrn(event.metadata.urn) ?? []))));
  const failed = namesOf("resOpFailedEvent");
  return { done: namesOf("resOutputsEvent"), failed, isUntouched: failed.size === 0 && !events.some(isWrite) };
}
