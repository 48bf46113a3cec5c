import type { Change, WantedEnvironment } from "./decision";
import type { EnvironmentFacts } from "./environment";
import { digestFlags } from "./flags";
import type { ShowtimeSettings } from "./settings";
import { formatTimeToLive, parseTimeToLive } from "./time-to-live";

/** What differs. Who asked is no difference: it is told with the next change. */
export function findChanges(
  current: EnvironmentFacts,
  wanted: WantedEnvironment,
  settings: Pick<ShowtimeSettings, "size">,
): readonly Change[] {
  const differs: Readonly<Record<Change, boolean>> = {
    commit: current.commit !== wanted.commit,
    "feature flags": current.flags !== digestFlags(wanted.flags),
    "time to live": normalize(current.timeToLive) !== normalize(wanted.timeToLive),
    size: (current.size ?? settings.size) !== wanted.size,
    image: current.image !== wanted.image,
    assets: current.assets !== wanted.assets,
  };
  return (Object.keys(differs) as Change[]).filter((change) => differs[change]);
}

/** `2d` and `48h` are one time. */
function normalize(text: string | undefined): string | undefined {
  const time = text === undefined ? undefined : parseTimeToLive(text);
  return time === undefined ? text : formatTimeToLive(time);
}
