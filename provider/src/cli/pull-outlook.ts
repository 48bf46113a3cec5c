import { plainLine } from "../core/plain-text";
import type { Settings } from "../settings/schema";
import type { PulledAsset, PullPlan } from "./pull";

/** What the next `pulumi up` does about the files of a pull, once they are written. */
export function describeOutlook({ pulled, onDrift }: Pick<PullPlan, "pulled" | "onDrift">): string {
  const own = pulled.filter(hasOwnValues).map(({ path }) => `  ${plainLine(path)}`);
  if (own.length === 0) return "The next `pulumi up` finds the server and these files alike.";
  return [`${OUTLOOKS[onDrift]}:`, ...own].join("\n");
}

/** Whether its file says something that the server does not have. */
function hasOwnValues({ pulled }: PulledAsset): boolean {
  return pulled.verdict === "kept" || (pulled.verdict === "write" && !pulled.isLikeServer);
}

const OUTLOOKS: Readonly<Record<Settings["onDrift"], string>> = {
  overwrite: "The next `pulumi up` writes to the server what these files say otherwise",
  keep: "While superset:onDrift is keep, `pulumi up` does not write what these files say otherwise than the server",
  refuse: "While superset:onDrift is refuse, `pulumi up` is refused: these files say something else than the server",
};
