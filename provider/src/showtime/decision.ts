import type { FeatureFlags } from "./environment";

/** What people or labels ask for. `sync` is also what a push, a changed label or text means. */
export type Request = "start" | "stop" | "sync";

/** What an environment is to be. */
export interface WantedEnvironment {
  /** All 40 characters. */
  readonly commit: string;
  readonly flags: FeatureFlags;
  /** As `24h`, `close`: within the limits. */
  readonly timeToLive: string;
  readonly size: string;
  readonly requester: string;
  readonly assets: boolean;
  /** Whole reference of an image that somebody named; undefined: that of the commit in the image repository. */
  readonly image: string | undefined;
  /** Whether the commit must still be the head of the pull request when the address is switched. */
  readonly followsHead: boolean;
}

/** What differs between the environment that is there and the one that is wanted. */
export type Change = "commit" | "feature flags" | "time to live" | "size" | "image" | "assets";

/**
 * What is to happen to a pull request's environment, and why: what commands do and print. `notes` tell people what of their
 * labels, text and options counts otherwise than it stands there.
 */
export type Decision =
  /** Make it, replace it blue-green (another commit), or change it in place: `changes` names what differs. */
  | {
      readonly action: "deploy";
      readonly wanted: WantedEnvironment;
      readonly changes: readonly Change[];
      /** A new task of the same commit is asked for, although nothing differs. */
      readonly isForced: boolean;
      readonly reason: string;
      readonly notes: readonly string[];
    }
  /** Remove all that there is. */
  | { readonly action: "remove"; readonly reason: string }
  | { readonly action: "none"; readonly reason: string; readonly notes: readonly string[] }
  /** Not done although somebody asked for it: blocked, not allowed, closed. */
  | { readonly action: "refuse"; readonly code: string; readonly reason: string; readonly remedy: string };
