import { type ParsedLabel, parseLabel, SIGNS, STATE_SIGNS, TENT } from "./label-grammar";
import { OFFERED_TIMES } from "./time-to-live";

/** How GitHub shows a label. */
export interface LabelLook {
  /** Six hexadecimal digits. */
  readonly color: string;
  /** At most 100 characters. */
  readonly description: string;
}

/** A label as GitHub defines it. */
export interface LabelDefinition extends LabelLook {
  readonly name: string;
}

/** One row of the explanation of the labels. */
export interface LabelRow {
  readonly pattern: string;
  readonly meaning: string;
  readonly example: string;
  readonly setBy: "a person" | "the tool";
  /** Other spellings that are read, never written. */
  readonly alsoRead: readonly string[];
}

const COLORS = {
  command: "ffd700",
  intent: "ffe4b5",
  state: "fff9c4",
  good: "28a745",
  busy: "fd7e14",
  bad: "dc3545",
} as const;

const OFFERED: readonly LabelDefinition[] = [
  {
    name: `${TENT} ${SIGNS.start} showtime-trigger-start`,
    color: COLORS.command,
    description: "Make an environment of this pull request, or bring it to the newest commit",
  },
  {
    name: `${TENT} ${SIGNS.stop} showtime-trigger-stop`,
    color: COLORS.command,
    description: "Remove the environment, all that belongs to it, and its labels",
  },
  {
    name: `${TENT} ${SIGNS.sync} showtime-trigger-sync`,
    color: COLORS.command,
    description: "Bring the environment to the newest commit and to what the labels say",
  },
  {
    name: `${TENT} ${SIGNS.freeze} showtime-freeze`,
    color: COLORS.intent,
    description: "New commits and changed flags leave the environment as it is",
  },
  {
    name: `${TENT} ${SIGNS.blocked} showtime-blocked`,
    color: COLORS.bad,
    description: "No environment is made or changed here; stop still works",
  },
  ...OFFERED_TIMES.map((time) => ({
    name: `${TENT} ${SIGNS.time} ${time}`,
    color: COLORS.intent,
    description:
      time === "close"
        ? "The environment lives until the pull request is closed"
        : `The environment lives for ${time}, as far as the settings allow`,
  })),
];

/** The labels that people set: `setup-labels` defines them. */
export const LABEL_DEFINITIONS: readonly LabelDefinition[] = OFFERED;

/** Colour and description for a label that is to be defined. */
export function describeLabel(name: string): LabelLook {
  const offered = OFFERED.find((one) => one.name === name);
  if (offered !== undefined) return { color: offered.color, description: offered.description };
  const label = parseLabel(name);
  return label === undefined ? { color: COLORS.state, description: "" } : describe(label);
}

function describe(label: ParsedLabel): LabelLook {
  switch (label.kind) {
    case "flag":
      return {
        color: COLORS.intent,
        description: `${label.isOn ? "Enables" : "Disables"} a feature flag in the environment`,
      };
    case "state":
      return { color: colorOf(label), description: `Environment of ${label.commit}: ${MEANINGS[label.state]}` };
    case "time":
      return { color: COLORS.intent, description: "How long the environment lives" };
    case "trigger":
      return { color: COLORS.command, description: `Asks for: ${label.request}` };
    case "freeze":
      return { color: COLORS.intent, description: "The environment stays as it is" };
    case "blocked":
      return { color: COLORS.bad, description: "No environment is made or changed here" };
  }
}

const MEANINGS = {
  status: "what it is doing",
  active: "the one whose address people use",
  building: "the one that is being made next to it",
  created: "when it was made (UTC)",
  address: "where it answers",
  timeToLive: "how long it lives",
  requester: "who asked for it",
} as const;

const STATUS_COLORS: Readonly<Record<string, string>> = {
  running: COLORS.good,
  failed: COLORS.bad,
  stopped: COLORS.bad,
  updating: COLORS.busy,
  stopping: COLORS.busy,
};

function colorOf({ state, value = "" }: Extract<ParsedLabel, { kind: "state" }>): string {
  if (state !== "status") return COLORS.state;
  return (Object.hasOwn(STATUS_COLORS, value) ? STATUS_COLORS[value] : undefined) ?? COLORS.command;
}

const row = (setBy: LabelRow["setBy"], pattern: string, meaning: string, example: string, ...alsoRead: string[]) => ({
  pattern: `${TENT} ${pattern}`,
  meaning,
  example: `${TENT} ${example}`,
  setBy,
  alsoRead: alsoRead.map((text) => `${TENT} ${text}`),
});

const offered = (sign: string, word: string, meaning: string) =>
  row(
    "a person",
    `${sign} showtime-${word}`,
    meaning,
    `${sign} showtime-${word}`,
    word,
    `showtime-${word}`,
    `${sign} ${word}`,
  );

const state = (kind: keyof typeof STATE_SIGNS, what: string, example: string, ...others: string[]) => {
  const sign = STATE_SIGNS[kind];
  return row(
    "the tool",
    `{sha} ${sign} {${what}}`,
    MEANINGS[kind],
    `abc123f ${sign} ${example}`,
    ...others,
    `${sign} {sha} {${what}}`,
  );
};

const pointer = (kind: "active" | "building", example: string) =>
  row(
    "the tool",
    `${STATE_SIGNS[kind]} {sha}`,
    MEANINGS[kind],
    `${STATE_SIGNS[kind]} ${example}`,
    `{sha} ${STATE_SIGNS[kind]}`,
  );

/** All labels there are, for `showtime labels` and the documentation. */
export const LABEL_TABLE: readonly LabelRow[] = [
  offered(SIGNS.start, "trigger-start", "make an environment, or bring it to the newest commit; overrides freeze"),
  offered(SIGNS.stop, "trigger-stop", "remove the environment and all labels but blocked"),
  offered(SIGNS.sync, "trigger-sync", "bring the environment that is there to the newest commit"),
  offered(SIGNS.freeze, "freeze", "new commits and changed flags leave the environment as it is"),
  offered(SIGNS.blocked, "blocked", "nothing is made or changed; stop still works"),
  row(
    "a person",
    `${SIGNS.time} {ttl}`,
    `how long environments live: ${OFFERED_TIMES.join(", ")}`,
    `${SIGNS.time} 24h`,
  ),
  row("a person", "conf-enable-{FLAG}", "switch a feature flag on", "conf-enable-ALERTS"),
  row("a person", "conf-disable-{FLAG}", "switch a feature flag off", "conf-disable-SSH_TUNNELING"),
  state("status", "status", "running"),
  pointer("active", "abc123f"),
  pointer("building", "def456a"),
  state("created", "timestamp", "2024-01-15T14-30"),
  state("address", "ip:port", "52.1.2.3:8080", "{sha} 🌐 {ip with hyphens}"),
  state("timeToLive", "ttl", "24h"),
  state("requester", "username", "maxime"),
];
