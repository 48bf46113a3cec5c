import { ProblemError } from "../core/errors";
import { waitUntil } from "../environment/surroundings";
import type { ExtensionBundle } from "../extensions/bundle";
import type { SupersetClient } from "../superset/client";
import { SupersetError } from "../superset/errors";
import {
  compareListing,
  type ListingDifference,
  listExtensions,
  type WantedExtension,
} from "../superset/extension-list";
import type { RestartSurroundings } from "./restart-servers";

const NOT_SHOWN = "extensions/not-shown";

/** What the server is to show of a bundle. */
export function wantedOf({ id, publisher, name, version, manifest, entries }: ExtensionBundle): WantedExtension {
  const file = manifest.frontend?.remoteEntry;
  const entry = entries.find(({ path }) => path === `frontend/dist/${file}`);
  const isShown = file !== undefined && entry !== undefined;
  return { id, publisher, name, version, ...(isShown && { entry: { file, sha256: entry.sha256 } }) };
}

/**
 * Waits until the server shows a bundle: a mounted bucket is behind for a while, and a server that is started again does
 * not answer.
 *
 * @param place the target, for the error
 * @throws ProblemError `extensions/not-shown`, or what the server said last
 */
export async function confirmShown(
  client: SupersetClient,
  wanted: WantedExtension,
  place: string,
  seconds: number,
  surroundings: Waiting,
): Promise<void> {
  let difference: ListingDifference | undefined;
  const isShown = await askUntil(seconds, surroundings, async () => {
    difference = await compareListing(client, wanted);
    return difference === undefined;
  });
  if (!isShown) throw notShown(wanted, place, seconds, client.connection.url, difference);
}

/**
 * Waits until the server no longer lists an extension.
 *
 * @returns whether that is so in the end
 * @throws SupersetError what the server said last
 */
export function confirmGone(
  client: SupersetClient,
  extension: string,
  seconds: number,
  surroundings: Waiting,
): Promise<boolean> {
  return askUntil(seconds, surroundings, async () => {
    const listed = await listExtensions(client);
    return listed.every(({ id }) => id !== extension);
  });
}

type Waiting = Pick<RestartSurroundings, "wait" | "now">;

/** Asks again while nobody answers or the answer is no; what the last one failed with is thrown. */
async function askUntil(seconds: number, surroundings: Waiting, ask: () => Promise<boolean>): Promise<boolean> {
  const deadline = new Date(surroundings.now().getTime() + seconds * 1000);
  let failure: SupersetError | undefined;
  const isSo = await waitUntil(surroundings, deadline, async () => {
    failure = undefined;
    try {
      return (await ask()) || undefined;
    } catch (error) {
      if (!(error instanceof SupersetError && isPassing(error))) throw error;
      failure = error;
      return undefined;
    }
  });
  if (failure !== undefined) throw failure;
  return isSo === true;
}

/** Nobody answers, or a proxy whose server is not up. */
function isPassing({ code }: SupersetError): boolean {
  return ["superset/unavailable", "connection/refused", "connection/lost", "connection/timeout"].includes(code);
}

const ELSEWHERE =
  'Does EXTENSIONS_PATH of superset_config.py lead to the target? Superset never reads SUPERSET_EXTENSIONS_PATH by itself: EXTENSIONS_PATH = os.environ["SUPERSET_EXTENSIONS_PATH"].';

const REMEDIES: Readonly<Record<ListingDifference["kind"], string>> = {
  absent: `${ELSEWHERE} If it does, Superset's log says why it dropped the bundle.`,
  version: `${ELSEWHERE} Or another bundle of this id comes first: LOCAL_EXTENSIONS, or a second file in the folder.`,
  "entry-missing": "Another bundle of this id may come first: LOCAL_EXTENSIONS, or a second file in the folder.",
  "entry-content": `${ELSEWHERE} Or another bundle of this id comes first: LOCAL_EXTENSIONS, or a second file in the folder.`,
};

function notShown(
  { id, version }: WantedExtension,
  place: string,
  seconds: number,
  url: string,
  difference: ListingDifference | undefined,
): ProblemError {
  return new ProblemError({
    code: NOT_SHOWN,
    summary: `${id} ${version} is delivered to ${place}, and Superset at ${url} does not show it after ${seconds} s.`,
    ...(difference !== undefined && { why: difference.says, remedy: REMEDIES[difference.kind] }),
  });
}

/** That the server does not show a bundle or does not answer, where that is what {@link confirmShown} found. */
export async function catchNotShown(confirm: () => Promise<void>): Promise<ProblemError | undefined> {
  const problem = await catchProblem(confirm);
  if (problem === undefined || problem.code === NOT_SHOWN) return problem;
  if (problem instanceof SupersetError && isPassing(problem)) return problem;
  throw problem;
}

/** What went wrong after the delivery, for people; anything that is a fault of this program is thrown. */
export async function catchProblem(work: () => Promise<void>): Promise<ProblemError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}
