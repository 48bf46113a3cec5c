import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";

/** The addresses of a network interface; undefined if it is gone. */
export async function describeInterface(
  aws: AwsClients,
  id: string,
): Promise<{ readonly publicIp: string | undefined; readonly privateIp: string | undefined } | undefined> {
  try {
    const { NetworkInterfaces } = await (await aws.ec2()).describeNetworkInterfaces({ NetworkInterfaceIds: [id] });
    const found = NetworkInterfaces?.[0];
    return found && { publicIp: found.Association?.PublicIp, privateIp: found.PrivateIpAddress };
  } catch (error) {
    if (isAwsError(error, "InvalidNetworkInterfaceID.NotFound")) return undefined;
    throw error;
  }
}
