import { z } from "zod";
import { ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import type { RemoteAsset } from "./listing";
import { readBack } from "./lookup";
import { changeValues, readIfThere } from "./put";

const FlagAnswer = z.object({ result: z.object({ is_managed_externally: z.boolean().nullable() }) });

/** Whether a dataset is locked in the UI, which no list tells; undefined where it is gone. */
export async function isDatasetLocked(client: SupersetClient, id: number): Promise<boolean | undefined> {
  const path = `/api/v1/dataset/${id}?q=(columns:!(is_managed_externally))`;
  const answer = await readIfThere(() => client.get(path, FlagAnswer));
  return answer && (answer.result.is_managed_externally ?? false);
}

/**
 * Locks an object in the UI or unlocks it, and reads back that it is so. Nothing else of it changes, but for
 * `changed_on`.
 *
 * @throws ProblemError `lock/refused`, `lock/not-kept` where the server does not take the flag from a request; what a
 * request fails with
 */
export async function writeLock(client: SupersetClient, remote: RemoteAsset, isLocked: boolean): Promise<void> {
  try {
    await changeValues(client, remote, { is_managed_externally: isLocked });
  } catch (error) {
    if (!(error instanceof SupersetError) || error.status !== 403) throw error;
    throw refused(error, remote);
  }
  if ((await isLockedNow(client, remote)) !== isLocked) throw notKept(remote, isLocked);
}

async function isLockedNow(client: SupersetClient, { kind, id, uuid }: RemoteAsset): Promise<boolean | undefined> {
  if (kind === "dataset") return isDatasetLocked(client, id);
  return (await readBack(client, kind, [uuid])).get(uuid)?.managed;
}

/** Superset after 6.1 (apache/superset#44025) answers an edit of a locked object like one without the permission. */
const NEWER = "Superset later than 6.1 takes this flag from imports only";
const BY_IMPORT = "set `superset:managed` for the stack and run `pulumi up`, which imports the assets with the flag";

function refused(error: SupersetError, { kind, title }: RemoteAsset): ProblemError {
  return new ProblemError({
    code: "lock/refused",
    summary: error.summary,
    why: `the account may not edit the ${kind}, or the server lets nobody edit what is locked: ${NEWER}`,
    remedy: `Give the account a role that may edit it; on a newer server ${BY_IMPORT}.`,
    place: { asset: `${kind} ${title}`, ...error.place },
  });
}

function notKept({ kind, title }: RemoteAsset, isLocked: boolean): ProblemError {
  return new ProblemError({
    code: "lock/not-kept",
    summary: `The server accepted the request, and the ${kind} "${title}" is still not ${isLocked ? "locked" : "unlocked"}.`,
    why: `${NEWER}, unless somebody changed it at the same moment`,
    remedy: `On a newer server ${BY_IMPORT}; else run it again.`,
    place: { asset: `${kind} ${title}` },
  });
}
