import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { parseJson } from "../../core/parse-json";
import type { LabelEvent } from "./parties";

const eventSchema = z.object({
  action: z.literal("labeled"),
  label: z.object({ name: z.string() }),
  sender: z.object({ login: z.string().min(1) }),
  pull_request: z.object({ number: z.int() }),
});

/** Who set which label of a pull request, as the event of the run tells it; undefined where it is about something else. */
export function readLabelEvent(number: number, { GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): LabelEvent | undefined {
  if (!file || !statSync(file, { throwIfNoEntry: false })?.isFile()) return undefined;
  const { data } = eventSchema.safeParse(parseJson(readFileSync(file, "utf8")));
  if (data === undefined || data.pull_request.number !== number) return undefined;
  return { label: data.label.name, sender: data.sender.login };
}
