import { mapInParallel } from "../core/parallel";
import type { TagMap } from "../showtime/tags";
import type { AwsClients } from "./clients";
import { isAwsError } from "./errors";

/** A stream of a log group. */
export interface LogStream {
  readonly name: string;
  readonly created: Date | undefined;
}

/** How many calls run at once: DeleteLogStream is throttled soon. */
const WIDTH = 4;

/** Streams of a group whose names start so; none if there is no such group. */
export async function listStreams(aws: AwsClients, logGroupName: string, prefix: string): Promise<LogStream[]> {
  const logs = await aws.logs();
  const streams: LogStream[] = [];
  try {
    for await (const page of logs.paginateDescribeLogStreams({ logGroupName, logStreamNamePrefix: prefix }))
      for (const { logStreamName: name = "", creationTime } of page.logStreams ?? [])
        streams.push({ name, created: creationTime === undefined ? undefined : new Date(creationTime) });
  } catch (error) {
    if (!isAwsError(error, "ResourceNotFoundException")) throw error;
  }
  return streams;
}

/** Tags of the group itself, by its ARN. */
export async function readLogGroupTags(aws: AwsClients, resourceArn: string): Promise<TagMap> {
  return (await (await aws.logs()).listTagsForResource({ resourceArn })).tags ?? {};
}

/** The last lines of a stream; none if there is no such stream (yet). */
export async function readLastLines(
  aws: AwsClients,
  logGroupName: string,
  logStreamName: string,
  limit: number,
): Promise<string[]> {
  try {
    const { events = [] } = await (await aws.logs()).getLogEvents({
      logGroupName,
      logStreamName,
      limit,
      startFromHead: false,
    });
    return events.map(({ message = "" }) => message.trimEnd()).filter((line) => line !== "");
  } catch (error) {
    if (isAwsError(error, "ResourceNotFoundException")) return [];
    throw error;
  }
}

/** Deletes streams; ones that are gone are fine. */
export async function deleteStreams(aws: AwsClients, logGroupName: string, names: readonly string[]): Promise<void> {
  const logs = await aws.logs();
  await mapInParallel(names, WIDTH, async (logStreamName) => {
    try {
      await logs.deleteLogStream({ logGroupName, logStreamName });
    } catch (error) {
      if (!isAwsError(error, "ResourceNotFoundException")) throw error;
    }
  });
}
