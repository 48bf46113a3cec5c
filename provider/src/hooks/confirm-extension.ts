import { ProblemError } from "../core/errors";
import { waitUntil } from "../environment/surroundings";
import type { ExtensionBundle } from "../extensions/bundle";
import type { SupersetClient } from "../superset/client";
import { SupersetError } from "../superset/errors";
import { compareListing, type ListingDifference, type WantedExtension } from "../superset/extension-list";
import type { RestartSurroundings } from "./restart-servers";

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
  surroundings: Pick<RestartSurroundings, "wait" | "now">,
): Promise<void> {
  const deadline = new Date(surroundings.now().getTime() + seconds * 1000);
  let last: ListingDifference | SupersetError | undefined;
  const isShown = await waitUntil(surroundings, deadline, async () => {
    last = await look(client, wanted);
    return last === undefined ? true : undefined;
  });
  if (isShown) return;
  if (last instanceof SupersetError) throw last;
  throw notShown(wanted, place, seconds, client.connection.url, last);
}

async function look(
  client: SupersetClient,
  wanted: WantedExtension,
): Promise<ListingDifference | SupersetError | undefined> {
  try {
    return await compareListing(client, wanted);
  } catch (error) {
    if (error instanceof SupersetError && isPassing(error)) return error;
    throw error;
  }
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
    code: "extensions/not-shown",
    summary: `${id} ${version} is delivered to ${place}, and Superset at ${url} does not show it after ${seconds} s.`,
    ...(difference !== undefined && { why: difference.says, remedy: REMEDIES[difference.kind] }),
  });
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
