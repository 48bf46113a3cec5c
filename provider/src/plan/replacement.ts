import { v5 as uuidFromName } from "uuid";

/** Namespace of the UUIDs of objects that are set aside. It finds them again after a kill: never change it. */
const ASIDE_NAMESPACE = "0e0f2d8a-58f3-5a1e-9c5b-7f2d3c1a6b40";

/** The UUID that the old object has while a new one takes its place. */
export function asideUuid(uuid: string): string {
  return uuidFromName(uuid, ASIDE_NAMESPACE);
}
