import type { AwsClients } from "../aws/clients";
import type { ShowtimeSettings } from "../showtime/settings";

/** Waits so many milliseconds. */
export type Wait = (milliseconds: number) => Promise<void>;

/** What the work on one environment needs of the world. */
export interface Surroundings {
  readonly aws: AwsClients;
  readonly settings: ShowtimeSettings;
  readonly wait: Wait;
  readonly now: () => Date;
  /** Status of an answer over HTTP; undefined where nobody answers. */
  readonly ask: (url: string) => Promise<number | undefined>;
  /** The newest commit of a pull request, for the fence. */
  readonly readHead: (pullRequest: number) => Promise<string>;
}

/** How long an environment has to answer. */
const ANSWER_MS = 5_000;

/** Asks an environment over HTTP; redirects are answers of their own. */
export async function askOverHttp(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    await answer.body?.cancel();
    return answer.status;
  } catch (error) {
    // Refused, reset, too slow: it does not listen yet. Anything else is a fault of this program.
    if (error instanceof TypeError || (error instanceof DOMException && error.name === "TimeoutError"))
      return undefined;
    throw error;
  }
}

/** The first wait between two looks, how much longer each next one is, and the longest: most of what is waited for is soon there. */
const FIRST_WAIT_MS = 200;
const GROWTH = 1.4;
const LONGEST_WAIT_MS = 5_000;

/**
 * Looks again and again, less often with time.
 *
 * @param look answers something when there is nothing more to wait for
 * @param deadline when to give up
 * @returns what `look` answered; undefined when the deadline is over
 */
export async function waitUntil<T>(
  { wait, now }: Pick<Surroundings, "wait" | "now">,
  deadline: Date,
  look: () => Promise<T | undefined>,
): Promise<T | undefined> {
  for (let pause = FIRST_WAIT_MS; ; pause = Math.min(pause * GROWTH, LONGEST_WAIT_MS)) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (now() >= deadline) return undefined;
    await wait(pause);
  }
}

/** So many minutes from now. */
export function deadlineIn({ now }: Pick<Surroundings, "now">, minutes: number): Date {
  return new Date(now().getTime() + minutes * 60_000);
}
