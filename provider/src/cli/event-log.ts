import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { nameOfUrn } from "../plan/names";

const step = z.object({ metadata: z.object({ urn: z.string() }) });

const eventSchema = z.object({ resOutputsEvent: step.optional(), resOpFailedEvent: step.optional() });

/** What became of resources, by their logical names. */
export interface Outcomes {
  readonly done: ReadonlySet<string>;
  readonly failed: ReadonlySet<string>;
}

/**
 * What the engine says about the resources that it came to.
 *
 * @param file what `pulumi up --event-log` wrote, one JSON object a line
 */
export function readOutcomes(file: string): Outcomes {
  const text = existsSync(file) ? readFileSync(file, "utf8") : "";
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const events = lines.map((line) => eventSchema.parse(JSON.parse(line)));
  const namesOf = (key: "resOutputsEvent" | "resOpFailedEvent") =>
    new Set(events.flatMap(({ [key]: event }) => (event === undefined ? [] : (nameOfUrn(event.metadata.urn) ?? []))));
  return { done: namesOf("resOutputsEvent"), failed: namesOf("resOpFailedEvent") };
}
