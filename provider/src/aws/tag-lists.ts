import type { TagMap } from "../showtime/tags";

/** Tags as most services of AWS spell them. */
export function toTagList(tags: TagMap): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/** Tags as ECS spells them. */
export function toEcsTags(tags: TagMap): { key: string; value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

/** Reads either spelling. */
export function fromTagList(
  list: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] | undefined,
): TagMap {
  return Object.fromEntries((list ?? []).map(({ Key = "", Value = "" }) => [Key, Value]));
}

/** Reads ECS's spelling. */
export function fromEcsTags(
  list: readonly { readonly key?: string | undefined; readonly value?: string | undefined }[] | undefined,
): TagMap {
  return Object.fromEntries((list ?? []).map(({ key = "", value = "" }) => [key, value]));
}
