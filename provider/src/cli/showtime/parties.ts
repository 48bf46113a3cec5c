import type { Request } from "../../showtime/decision";
import type { EnvironmentFacts } from "../../showtime/environment";
import type { ShowtimeSettings } from "../../showtime/settings";
import type { StartOptions } from "../../showtime/wanted";
import type { Board } from "./board";
import type { Host } from "./host";

/** Everybody who takes part in a change. */
export interface Parties {
  readonly settings: ShowtimeSettings;
  readonly host: Host;
  readonly board: Board;
  /** Of GitHub Actions: which run this is. */
  readonly environment: NodeJS.ProcessEnv;
  readonly now: () => Date;
  /** Waits so many milliseconds, or until it is stopped. */
  readonly wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Puts the branch's assets into an environment; answers what was not done. */
  readonly putAssets: (environment: EnvironmentFacts) => Promise<AssetsReport>;
}

/** How the assets got into an environment. */
export interface AssetsReport {
  readonly isDone: boolean;
  readonly summary: string;
  readonly problems: readonly string[];
}

/** What somebody wants of a pull request's environment. */
export interface Asked {
  /** Undefined: what the labels ask for. */
  readonly request?: Request;
  /** A person's command; else an event. */
  readonly isCommand: boolean;
  readonly options?: StartOptions;
  /** The commit that was built: another one is left to its own run. */
  readonly built?: string;
  /** Nothing is written. */
  readonly dryRun?: boolean;
  /** Whether a lock is waited for. Default: yes. */
  readonly waits?: boolean;
  /** Why it is removed, for the comment. */
  readonly reason?: string;
  /** Who set which label, as the run's event tells it: asked where GitHub does not know. */
  readonly event?: LabelEvent | undefined;
}

/** Somebody set a label. */
export interface LabelEvent {
  readonly label: string;
  readonly sender: string;
}
