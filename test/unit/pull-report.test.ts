import { describe, expect, it } from "vitest";
import { updateText } from "../../provider/src/assets/update-text";
import type { PulledAsset } from "../../provider/src/cli/pull";
import { describeOutlook } from "../../provider/src/cli/pull-outlook";
import type { Pulled } from "../../provider/src/cli/pull-plan";
import { formatPulled } from "../../provider/src/cli/pull-report";
import type { StateAsset } from "../../provider/src/cli/stack-state";
import { define, UUIDS } from "./plan-support";

const asset: StateAsset = {
  kind: "chart",
  name: "charts/one",
  path: "charts/one.yaml",
  uuid: UUIDS.chart,
  supersetId: 1,
  title: "Revenue",
  url: "",
  target: "t",
  yaml: "",
  checksum: "",
};
const file = { definition: define("chart"), location: "/one.yaml" };
const found = (pulled: Pulled, path = asset.path): PulledAsset => ({ asset, path, pulled });
const decided = [{ path: ["slice_name"], base: "a", ours: "b", theirs: "c" }];
const written = (isLikeServer: boolean): Pulled => ({ verdict: "write", file, after: {}, decided: [], isLikeServer });
const kept: Pulled = { verdict: "kept", file, decided };

describe("what pull shows", () => {
  it("is the file's own text: its line numbers, order and comments", () => {
    const before = `# Owned by sales.
viz_type: table
uuid: ${UUIDS.chart}
slice_name: Revenue # short
dataset_uuid: ${UUIDS.dataset}
version: 1.0.0
`;
    const after = { ...define("chart").document, slice_name: "Turnover" };
    const change = { location: "/one.yaml", before, after: updateText("chart", before, after) };
    expect(formatPulled(found({ verdict: "write", file, after, decided, isLikeServer: true }), change)).toBe(
      `charts/one.yaml: chart "Revenue"
  conflict at slice_name, decided by your choice
--- the file as it is
+++ as it would be
@@ -1,6 +1,6 @@
 # Owned by sales.
 viz_type: table
 uuid: ${UUIDS.chart}
-slice_name: Revenue # short
+slice_name: Turnover # short
 dataset_uuid: ${UUIDS.dataset}
 version: 1.0.0`,
    );
  });

  it("names what stays by people's choice", () => {
    expect(formatPulled(found(kept))).toContain("conflict at slice_name: by your choice the file stays as it is");
    expect(formatPulled(found({ verdict: "nothing" }))).toBeUndefined();
  });
});

describe("what pull tells about the next deployment", () => {
  it("is that server and files are alike, only where they are", () => {
    const pulled = [found(written(true)), found({ verdict: "nothing" })];
    expect(describeOutlook({ pulled, onDrift: "overwrite" })).toContain("finds the server and these files alike");
  });

  it.each([
    ["overwrite", "The next `pulumi up` writes to the server"],
    ["keep", "`pulumi up` does not write"],
    ["refuse", "`pulumi up` is refused"],
  ] as const)("is what happens to the files' own values: onDrift %s", (onDrift, words) => {
    const pulled = [found(written(true), "like.yaml"), found(written(false), "merged.yaml"), found(kept, "kept.yaml")];
    const text = describeOutlook({ pulled, onDrift });
    expect(text).toContain(words);
    expect(text).toMatch(/:\n {2}merged\.yaml\n {2}kept\.yaml$/);
  });
});
