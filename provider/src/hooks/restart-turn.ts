import { Batcher } from "../core/batcher";

/** Hooks of one moment ask within milliseconds of each other. */
const QUIET_MS = 50;

/** One restart for all extensions that are delivered at the same time: it takes minutes, and stops people's work. */
export class RestartTurn {
  private readonly writing = new Set<Promise<unknown>>();
  private readonly batches: Batcher<() => Promise<void>, undefined>;

  constructor() {
    this.batches = new Batcher({
      run: async (restarts) => {
        await restarts[0]?.();
        return restarts.map(() => undefined);
      },
      quietMs: QUIET_MS,
      maxItems: Number.POSITIVE_INFINITY,
    });
  }

  /** Does work that a restart waits for. */
  async write<T>(work: () => Promise<T>): Promise<T> {
    const running = work();
    this.writing.add(running);
    try {
      return await running;
    } finally {
      this.writing.delete(running);
    }
  }

  /** Restarts once everything is written, together with all others that ask for it; told to each of them. */
  async restart(work: () => Promise<void>): Promise<void> {
    while (this.writing.size > 0) await Promise.allSettled([...this.writing]);
    return this.batches.add(work);
  }
}
