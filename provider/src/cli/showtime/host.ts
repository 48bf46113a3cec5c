import type { ProblemError } from "../../core/errors";
import type { EnvironmentArguments, EnvironmentFacts } from "../../showtime/environment";
import type { EnvironmentKey } from "../../showtime/names";
import type { LockHolder } from "../stack-lock";

/** Where environments run: AWS with Pulumi's engine, or a pretended one. */
export interface Host {
  /** Whether nothing of it is really there. */
  readonly isPretended: boolean;
  /** All environments of a pull request, as AWS lists them. */
  readEnvironments(pullRequest: number): Promise<readonly EnvironmentFacts[]>;
  /** The same environments, looked at closely: whether they are as they were left. */
  seeDrift(environments: readonly EnvironmentFacts[]): Promise<readonly EnvironmentFacts[]>;
  /** Whether the image of a commit is there. */
  hasImage(key: EnvironmentKey): Promise<boolean>;
  /**
   * Opens the stack of a pull request; whatever a change needs is looked at, before anything is said on GitHub.
   *
   * @throws ProblemError `engine/missing`, `engine/no-login`, `engine/no-passphrase`
   */
  openStack(pullRequest: number): Promise<HostStack>;
}

/** The stack of one pull request, as it was when it was opened. */
export interface HostStack {
  /** Whether the backend has it. */
  readonly isThere: boolean;
  /** The greatest generation that its state knows of; 0 where it knows none. */
  readonly generation: number;
  /** What `--force` counts up; 0 where there was none. */
  readonly round: number;
  /** Makes or changes the environment; a stack that is not there is made. */
  deploy(wanted: EnvironmentArguments): Promise<HostRun>;
  /** Removes all that the stack made, and the stack. */
  remove(): Promise<HostRun>;
  /** What would be done, in words; undefined: nothing is declared any more. */
  preview(wanted: EnvironmentArguments | undefined): Promise<string>;
  /** Takes the lock from holders that are proven dead, and clears what they had begun. */
  takeOver(): Promise<void>;
  /** Removes what is kept for this process only. */
  close(): void;
}

/** How a change ended. */
export type HostRun =
  | {
      readonly kind: "done";
      /** What there is now, where that was read already. */
      readonly environments?: readonly EnvironmentFacts[];
    }
  /** Somebody else changes this pull request's environment: nothing was done. */
  | { readonly kind: "locked"; readonly holders: readonly LockHolder[] }
  | { readonly kind: "failed"; readonly problem: ProblemError }
  /** Ctrl-C. */
  | { readonly kind: "stopped" };
