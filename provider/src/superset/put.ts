import { z } from "zod";
import type { SupersetClient } from "./client";
import { OUTCOME_UNKNOWN, SupersetError } from "./errors";
import type { RemoteAsset } from "./listing";

const Answer = z.object({}).loose();

/** Writes whole values: to do it twice does no harm, so a lost answer is asked for once more. */
export async function putValues(
  client: SupersetClient,
  path: string,
  body: object,
  method: "PUT" | "POST" = "PUT",
): Promise<void> {
  try {
    await client.send(method, path, body, Answer);
  } catch (error) {
    if (!(error instanceof SupersetError) || error.code !== OUTCOME_UNKNOWN) throw error;
    await client.send(method, path, body, Answer);
  }
}

/** Changes some values of an object, and leaves all others as they are. */
export async function changeValues(
  client: SupersetClient,
  { kind, id }: Pick<RemoteAsset, "kind" | "id">,
  changes: object,
): Promise<void> {
  const body = kind === "dataset" ? { ...(await readResetKeys(client, id)), ...changes } : changes;
  await putValues(client, `/api/v1/${kind}/${id}`, body);
}

const ResetKeys = z.object({ result: z.object({ always_filter_main_dttm: z.boolean().nullable() }) });

/**
 * What every PUT of a dataset must tell again: it is set to false where it is not told
 * (`DatasetPutSchema.load_default`).
 */
export async function readResetKeys(client: SupersetClient, id: number): Promise<{ always_filter_main_dttm: boolean }> {
  const path = `/api/v1/dataset/${id}?q=(columns:!(always_filter_main_dttm))`;
  const { result } = await client.get(path, ResetKeys);
  return { always_filter_main_dttm: result.always_filter_main_dttm ?? false };
}

/** What is read where the server has it; undefined where it answers 404: it is gone, or the feature is off. */
export async function readIfThere<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof SupersetError && error.status === 404) return undefined;
    throw error;
  }
}
