import { sayWhenStopped } from "../stopping";

/** Whether somebody stops this process, for as long as it is watched. */
export interface Stopping {
  /** Aborted by Ctrl-C and the signals of CI services. */
  readonly signal: AbortSignal;
  release(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** From now on signals do not end this process: what was begun is ended in order, and told. */
export function watchSignals(): Stopping {
  const controller = new AbortController();
  const stop = () => controller.abort();
  for (const signal of SIGNALS) process.on(signal, stop);
  sayWhenStopped("Stopped. Run the same again: it finds what is there and does the rest.");
  return {
    signal: controller.signal,
    release() {
      for (const signal of SIGNALS) process.off(signal, stop);
    },
  };
}
