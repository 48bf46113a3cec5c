import pc from "picocolors";

/** A log gets no more lines than one for so many. */
const LOGGED_EVERY = 1000;

/**
 * Runs a step and tells people on stderr what they wait for; on a terminal the line goes away afterwards.
 *
 * @param work may tell how much is done
 */
export async function showStep<T>(name: string, work: (onProgress: (done: number) => void) => Promise<T>): Promise<T> {
  const { isTTY } = process.stderr;
  process.stderr.write(isTTY ? pc.dim(`${name} …`) : `${name} …\n`);
  let logged = 0;
  const onProgress = (done: number) => {
    if (isTTY) process.stderr.write(`\r${pc.dim(`${name} … ${done}`)}`);
    else if (done >= logged + LOGGED_EVERY) {
      logged = done;
      process.stderr.write(`${name} … ${done}\n`);
    }
  };
  try {
    return await work(onProgress);
  } finally {
    if (isTTY) process.stderr.write("\r\u001b[2K");
  }
}

/** Tells people something on stderr: stdout is for what programs read. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
