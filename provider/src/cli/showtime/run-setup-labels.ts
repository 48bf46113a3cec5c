import pc from "picocolors";
import { formatJson } from "../../core/plain-text";
import type { GithubClient } from "../../github/client";
import {
  createLabelDefinition,
  type LabelDefinition,
  listLabelDefinitions,
  updateLabelDefinition,
} from "../../github/labels";
import { LABEL_DEFINITIONS } from "../../showtime/label-table";
import { showStep } from "../progress";
import { openPlaces } from "./places";

/** What `setup-labels` was called with. */
export interface SetupLabelsOptions {
  readonly cwd: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/** What becomes of one label. */
export interface LabelSetup {
  readonly action: "create" | "update" | "none";
  readonly label: LabelDefinition;
}

/**
 * Defines the labels that people set, so that GitHub offers them. Other labels are left alone.
 *
 * @returns the exit code
 * @throws ProblemError what GitHub refuses
 */
export async function runSetupLabels({ cwd, dryRun = false, json }: SetupLabelsOptions): Promise<number> {
  const { github } = await openPlaces({ cwd });
  const setups = planSetup(await showStep("Asking GitHub", () => listLabelDefinitions(github)));
  if (!dryRun) for (const setup of setups) await applySetup(github, setup);
  process.stdout.write(`${json ? formatSetupJson(setups, dryRun) : formatSetup(setups, dryRun)}\n`);
  return 0;
}

/** What is to be done so that all labels are defined as they should be. */
export function planSetup(defined: readonly LabelDefinition[]): LabelSetup[] {
  // To GitHub names that differ in case are one label.
  const known = new Map(defined.map((one) => [one.name.toLowerCase(), one]));
  return LABEL_DEFINITIONS.map((label) => {
    const there = known.get(label.name.toLowerCase());
    if (there === undefined) return { action: "create", label };
    const isSame =
      there.name === label.name &&
      there.color.toLowerCase() === label.color.toLowerCase() &&
      there.description === label.description;
    return { action: isSame ? "none" : "update", label };
  });
}

function applySetup(github: GithubClient, { action, label }: LabelSetup): Promise<void> {
  if (action === "create") return createLabelDefinition(github, label);
  return action === "update" ? updateLabelDefinition(github, label) : Promise.resolve();
}

const VERBS = {
  create: ["created", "would be created", pc.green],
  update: ["updated", "would be updated", pc.yellow],
  none: ["as it should be", "as it should be", pc.dim],
} as const;

function formatSetup(setups: readonly LabelSetup[], dryRun: boolean): string {
  return setups
    .map(({ action, label }) => {
      const [done, planned, paint] = VERBS[action];
      return `${label.name}: ${paint(dryRun ? planned : done)}`;
    })
    .join("\n");
}

function formatSetupJson(setups: readonly LabelSetup[], dryRun: boolean): string {
  return formatJson({ version: 1, dryRun, labels: setups.map(({ action, label }) => ({ action, ...label })) });
}
