import { setTimeout } from "node:timers/promises";
import { ProblemError } from "../../core/errors";
import { formatJson } from "../../core/plain-text";
import { SIGNS, TENT } from "../../showtime/label-grammar";
import { readLabels } from "../../showtime/labels";
import { type Board, openBoard } from "./board";
import { reconcileWith } from "./job";
import { formatOutcome, type Outcome, toReport } from "./outcome";
import type { Parties } from "./parties";
import { openPlaces } from "./places";
import { type PretendedBoard, pretendBoard } from "./pretended-board";
import { pretendHost } from "./pretended-host";
import { readShowtimeSettings } from "./settings-file";

/** What `test-lifecycle` was called with. */
export interface LifecycleOptions {
  readonly cwd: string;
  readonly realGithub?: boolean;
  readonly awsSleep: number;
  readonly json?: boolean;
}

/** One event in the life of an environment, and what it is to lead to. */
interface Step {
  readonly name: string;
  readonly labels: readonly string[];
  readonly pushes: boolean;
  readonly expected: Outcome["outcome"];
}

const STEPS: readonly Step[] = [
  { name: "start", labels: [`${TENT} ${SIGNS.start} showtime-trigger-start`], pushes: false, expected: "deployed" },
  { name: "new commit", labels: [], pushes: true, expected: "deployed" },
  { name: "feature flag", labels: [`${TENT} conf-enable-ALERTS`], pushes: false, expected: "deployed" },
  {
    name: "freeze, and a new commit",
    labels: [`${TENT} ${SIGNS.freeze} showtime-freeze`],
    pushes: true,
    expected: "none",
  },
  { name: "stop", labels: [`${TENT} ${SIGNS.stop} showtime-trigger-stop`], pushes: false, expected: "removed" },
];

/** Walks through the life of an environment on a pretended AWS. @returns the exit code */
export async function runTestLifecycle(number: number, options: LifecycleOptions): Promise<number> {
  const board = options.realGithub ? await openReal(number, options.cwd) : pretendBoard(number, () => new Date());
  const settings = readShowtimeSettings(options.cwd);
  const now = () => new Date();
  const wait = async (milliseconds: number, signal: AbortSignal) => {
    await setTimeout(milliseconds, undefined, { signal });
  };
  const parties: Parties = {
    ...{ settings, board, now, wait, environment: process.env },
    host: pretendHost({ settings, seconds: options.awsSleep, now, wait }),
    putAssets: async () => ({ isDone: true, summary: "AWS is pretended.", problems: [] }),
  };
  const results = [];
  for (const step of STEPS) {
    const result = await walk(parties, board, number, step);
    results.push(result);
    if (!options.json) process.stdout.write(`${result.lines.join("\n")}\n\n`);
  }
  const steps = results.map(({ name, isRight, outcome, labels }) => ({ name, isRight, labels, ...toReport(outcome) }));
  if (options.json) process.stdout.write(`${formatJson({ version: 1, pullRequest: number, steps })}\n`);
  return results.every(({ isRight }) => isRight) ? 0 : 1;
}

async function walk(parties: Parties, board: PretendedBoard, number: number, step: Step) {
  for (const label of step.labels) await board.setLabel(label);
  const before = (await board.read(number)).head;
  if (step.pushes) await board.push();
  const outcome = await reconcileWith(parties, number, { isCommand: false });
  const { labels, head } = await board.read(number);
  // Nobody pushes to a real pull request for this.
  const isLeftOut = step.pushes && head === before && step.labels.length === 0;
  const isRight = (isLeftOut || outcome.outcome === step.expected) && outcome.untold.length === 0;
  const lines = [
    `== ${step.name}${isLeftOut ? " (left out: that is for you to push)" : ""}`,
    formatOutcome(outcome),
    ...(labels.length === 0 ? ["  no labels"] : labels.map((label) => `  label: ${label}`)),
    ...(isRight ? [] : [`  wrong: it should be ${step.expected}`]),
  ];
  return { name: step.name, outcome, labels, isRight, lines };
}

/** A real pull request; who runs this is taken for somebody who may. */
async function openReal(number: number, cwd: string): Promise<PretendedBoard> {
  const { github } = await openPlaces({ cwd });
  const board: Board = openBoard(github);
  const { labels } = await board.read(number);
  const { state, all } = readLabels(labels);
  if (all.length > 0 || state.length > 0) {
    throw new ProblemError({
      code: "showtime/in-use",
      summary: `Pull request ${number} has labels of this tool: ${all.join(", ")}.`,
      remedy: "Take one that has no environment.",
      exitCode: 3,
    });
  }
  return {
    ...board,
    mayWrite: async () => true,
    setLabel: (name) => board.putLabels(number, { add: [name], remove: [] }),
    push: async () => undefined,
  };
}
