import pc from "picocolors";

/** Runs a step and tells people on stderr what they wait for; on a terminal the line goes away afterwards. */
export async function showStep<T>(name: string, work: () => Promise<T>): Promise<T> {
  const { isTTY } = process.stderr;
  process.stderr.write(isTTY ? pc.dim(`${name} …`) : `${name} …\n`);
  try {
    return await work();
  } finally {
    if (isTTY) process.stderr.write("\r\u001b[2K");
  }
}

/** Tells people something on stderr: stdout is for what programs read. */
export function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
