import type { Change, ListResourceRecordSetsCommandInput, ResourceRecordSet } from "@aws-sdk/client-route-53";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";

/** The records of a name. */
export interface Records {
  readonly address: ResourceRecordSet | undefined;
  readonly text: ResourceRecordSet | undefined;
}

/** Route 53 ends names with a dot, and answers some characters escaped. */
export function plainName(name: string): string {
  return name
    .replace(/\.$/, "")
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

/** The A and TXT records of a name. */
export async function readRecords(aws: AwsClients, zone: string, name: string): Promise<Records> {
  const { ResourceRecordSets = [] } = await (await aws.route53()).listResourceRecordSets({
    HostedZoneId: zone,
    StartRecordName: name,
    MaxItems: 10,
  });
  const own = ResourceRecordSets.filter((record) => plainName(record.Name ?? "") === name);
  return { address: own.find(({ Type }) => Type === "A"), text: own.find(({ Type }) => Type === "TXT") };
}

/** All records of a zone. The SDK has no paginator for them. */
export async function listRecords(aws: AwsClients, zone: string): Promise<ResourceRecordSet[]> {
  const route53 = await aws.route53();
  const records: ResourceRecordSet[] = [];
  let next: Pick<ListResourceRecordSetsCommandInput, "StartRecordName" | "StartRecordType" | "StartRecordIdentifier"> =
    {};
  for (;;) {
    const page = await route53.listResourceRecordSets({ HostedZoneId: zone, ...next });
    records.push(...(page.ResourceRecordSets ?? []));
    if (!page.IsTruncated) return records;
    next = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    };
  }
}

/** Changes records, all or none. */
export async function changeRecords(aws: AwsClients, zone: string, changes: Change[]): Promise<void> {
  await (await aws.route53()).changeResourceRecordSets({ HostedZoneId: zone, ChangeBatch: { Changes: changes } });
}

/** Deletes records exactly as they were read; ones that are gone are fine. */
export async function deleteRecords(
  aws: AwsClients,
  zone: string,
  records: readonly ResourceRecordSet[],
): Promise<void> {
  if (records.length === 0) return;
  try {
    await changeRecords(
      aws,
      zone,
      records.map((record) => ({ Action: "DELETE", ResourceRecordSet: record })),
    );
  } catch (error) {
    if (!isAwsError(error, "InvalidChangeBatch") || !/not found/.test(error.says)) throw error;
  }
}
