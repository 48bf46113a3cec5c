import type { ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { AwsClients } from "../aws/clients";
import { changeRecords, deleteRecords, readRecords } from "../aws/route53";
import type { AddressSettings, ShowtimeSettings } from "../showtime/settings";
import { notOurs } from "./not-ours";

/** Settings of a record in Route 53. */
export type RecordSettings = Extract<AddressSettings, { kind: "record" }>;

/** A new task has another address: nobody should remember the old one for long. */
const SECONDS = 30;

/** Records have no tags: a text beside the address says whose it is. */
function markerOf({ project }: Pick<ShowtimeSettings, "project">, pullRequest: number): string {
  return `"managed-by=pulumi-superset project=${project} pull-request=${pullRequest}"`;
}

/** Reads the text; undefined for other people's. */
export function readMarker(record: ResourceRecordSet | undefined, { project }: Pick<ShowtimeSettings, "project">) {
  const texts = (record?.ResourceRecords ?? []).map(({ Value = "" }) => Value);
  const found = texts.map((text) => /^"managed-by=pulumi-superset project=([^ "]+) pull-request=(\d+)"$/.exec(text));
  const own = found.find((match) => match?.[1] === project);
  return own?.[2] === undefined ? undefined : { pullRequest: Number(own[2]) };
}

/** Makes a name lead to a task. */
export async function putRecord(
  aws: AwsClients,
  settings: ShowtimeSettings,
  { zone }: RecordSettings,
  place: { readonly host: string; readonly pullRequest: number; readonly ip: string },
): Promise<void> {
  const { address, text } = await readRecords(aws, zone, place.host);
  const isOther = (address ?? text) !== undefined && readMarker(text, settings) === undefined;
  if (isOther) throw notOurs(`record ${place.host}`, settings.project);
  const put = (Type: "A" | "TXT", Value: string) => ({
    Action: "UPSERT" as const,
    ResourceRecordSet: { Name: place.host, Type, TTL: SECONDS, ResourceRecords: [{ Value }] },
  });
  await changeRecords(aws, zone, [put("A", place.ip), put("TXT", markerOf(settings, place.pullRequest))]);
}

/** Where a name leads; undefined if it is not ours, or not there. */
export async function readRecordTarget(
  aws: AwsClients,
  settings: ShowtimeSettings,
  { zone }: RecordSettings,
  host: string,
): Promise<string | undefined> {
  const { address, text } = await readRecords(aws, zone, host);
  return readMarker(text, settings) === undefined ? undefined : address?.ResourceRecords?.[0]?.Value;
}

/** Deletes a name of ours; one that is gone, or somebody else's, is left. */
export async function deleteRecord(
  aws: AwsClients,
  settings: ShowtimeSettings,
  { zone }: RecordSettings,
  host: string,
): Promise<void> {
  const { address, text } = await readRecords(aws, zone, host);
  if (readMarker(text, settings) === undefined) return;
  await deleteRecords(
    aws,
    zone,
    [address, text].filter((record) => record !== undefined),
  );
}
