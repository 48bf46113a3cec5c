import { existsSync, readFileSync } from "node:fs";
import { z } from "zod";
import { nameOfUrn } from "../plan/names";

const step = z.object({ metadata: z.object({ urn: z.string() }) });

const eventSchema = z.object({ resOutputsEvent: step.optional(), resOpFailedEvent: step.optional() });

/**
 * The logical names of the resources that the engine finished or reported as failed.
 *
 * @param file what `pulumi up --event-log` wrote, one JSON object a line
 */
export function readDoneNames(file: string): ReadonlySet<string> {
  if (!existsSync(file)) return new Set();
  const events = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "");
  const names = events.map((line) => {
    const event = eventSchema.parse(JSON.parse(line));
    const finished = event.resOutputsEvent ?? event.resOpFailedEvent;
    return finished && nameOfUrn(finished.metadata.urn);
  });
  return new Set(names.filter((name) => name !== undefined));
}
