/** The exit codes that shells give to what a signal ended. */
const CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

const NOTHING_WRITTEN = "Stopped; nothing was written. The same command begins again.";

let words: string | undefined = NOTHING_WRITTEN;

/**
 * Ends this process in order where somebody stops it: temporary files go, and a line says how things stand. Who listens
 * to the signal too ends it in a way of its own, as Pulumi's engine does, which first stores the state and gives the
 * lock back.
 */
export function endInOrder(): void {
  for (const [signal, code] of Object.entries(CODES)) {
    process.on(signal, () => {
      if (process.listenerCount(signal) === 1) process.exit(code);
    });
  }
  process.on("exit", (code) => {
    const isStopped = Object.values<number>(CODES).includes(code);
    if (isStopped && words !== undefined) process.stderr.write(`\n${words}\n`);
  });
}

/**
 * What people read where they stop this process from now on. Who writes says it before the first write.
 *
 * @param text undefined: they were told already
 */
export function sayWhenStopped(text: string | undefined): void {
  words = text;
}

/** What {@link sayWhenStopped} said last. */
export function wordsWhenStopped(): string {
  return words ?? "Stopped.";
}
