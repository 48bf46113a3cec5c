/** What a {@link Batcher} needs to know. */
export interface BatcherOptions<Item, Result> {
  /** Does the work for all items at once and answers one result for each, in their order. */
  readonly run: (items: readonly Item[]) => Promise<readonly Result[]>;
  /** A batch starts when nothing new arrived for so long, in milliseconds. */
  readonly quietMs: number;
  /** At most so many items in one batch. */
  readonly maxItems: number;
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Joins calls that arrive at about the same time into one. While a batch runs, what arrives waits for the next one, so
 * there is never more than one under way.
 */
export class Batcher<Item, Result> {
  private waiting: Waiting<Item, Result>[] = [];
  private running = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: BatcherOptions<Item, Result>) {}

  /** Adds one item; resolves with its result. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ item, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.running || this.waiting.length === 0) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), this.options.quietMs);
  }

  /** Never rejects: a failed run is told to everybody who waits for it. */
  private async flush(): Promise<void> {
    const batch = this.waiting.splice(0, this.options.maxItems);
    this.running = true;
    try {
      const results = await this.options.run(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => void waiting.resolve(results[index] as Result));
    } catch (error) {
      for (const waiting of batch) waiting.reject(error);
    } finally {
      this.running = false;
      this.schedule();
    }
  }
}
