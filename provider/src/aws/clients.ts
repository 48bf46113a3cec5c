import type { CloudWatchLogs } from "@aws-sdk/client-cloudwatch-logs";
import type { EC2 } from "@aws-sdk/client-ec2";
import type { ECR } from "@aws-sdk/client-ecr";
import type { ECS } from "@aws-sdk/client-ecs";
import type { ElasticLoadBalancingV2 } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Route53 } from "@aws-sdk/client-route-53";
import type { S3 } from "@aws-sdk/client-s3";
import type { SecretsManager } from "@aws-sdk/client-secrets-manager";
import type { ShowtimeSettings } from "../showtime/settings";
import { toAwsError } from "./errors";

/** The services of AWS in one region. Each is loaded when it is asked for: most commands need one or two. */
export interface AwsClients {
  readonly region: string;
  ecs(): Promise<ECS>;
  ecr(): Promise<ECR>;
  ec2(): Promise<EC2>;
  logs(): Promise<CloudWatchLogs>;
  secrets(): Promise<SecretsManager>;
  loadBalancers(): Promise<ElasticLoadBalancingV2>;
  route53(): Promise<Route53>;
  s3(): Promise<S3>;
}

/** Commands whose names start so change nothing. */
const READS = /^(Describe|List|Get|Head|BatchGet)/;

/** A bundle on its way to S3 takes longer than any other call. */
const UPLOAD_MS = 600_000;

const SILENT = { debug: nothing, info: nothing, warn: nothing, error: nothing };

function nothing(): void {
  return;
}

/**
 * Opens AWS. Credentials, endpoints and profiles are found as in every tool of AWS (`AWS_*`, files, roles).
 *
 * @param mayWrite called before each call that changes something; what it throws ends the call
 */
export function openAws(
  { region }: Pick<ShowtimeSettings, "region">,
  mayWrite: () => void = () => undefined,
): AwsClients {
  // It would stand in every log of people whose Node is one that this tool supports.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const configuration = {
    region,
    // A deploy of some minutes should survive a minute of throttling.
    maxAttempts: 5,
    // The SDK itself waits for ever.
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
  };
  const forBuckets = {
    ...configuration,
    requestHandler: { ...configuration.requestHandler, requestTimeout: UPLOAD_MS },
    // It would complain of every refused upload, which is told as an error already.
    logger: SILENT,
    // Names of buckets are names of hosts at AWS alone.
    forcePathStyle: (process.env.AWS_ENDPOINT_URL_S3 ?? process.env.AWS_ENDPOINT_URL) !== undefined,
  };
  const openWith = <C extends Watchable, G>(given: G, load: () => Promise<new (given: G) => C>) => {
    let client: Promise<C> | undefined;
    return () => {
      client ??= load().then((Client) => watchCalls(new Client(given), region, mayWrite));
      return client;
    };
  };
  const open = <C extends Watchable>(load: () => Promise<new (given: typeof configuration) => C>) =>
    openWith(configuration, load);
  return {
    region,
    ecs: open(async () => (await import("@aws-sdk/client-ecs")).ECS),
    ecr: open(async () => (await import("@aws-sdk/client-ecr")).ECR),
    ec2: open(async () => (await import("@aws-sdk/client-ec2")).EC2),
    logs: open(async () => (await import("@aws-sdk/client-cloudwatch-logs")).CloudWatchLogs),
    secrets: open(async () => (await import("@aws-sdk/client-secrets-manager")).SecretsManager),
    loadBalancers: open(async () => (await import("@aws-sdk/client-elastic-load-balancing-v2")).ElasticLoadBalancingV2),
    route53: open(async () => (await import("@aws-sdk/client-route-53")).Route53),
    s3: openWith(forBuckets, async () => (await import("@aws-sdk/client-s3")).S3),
  };
}

/** Every client of the SDK has it, each with types of its own. */
interface Watchable {
  readonly middlewareStack: object;
}

/** A call before it is sent. */
interface Given {
  readonly input: object;
}

/** What is used of it. */
interface MiddlewareStack {
  add(
    middleware: (
      next: (given: Given) => Promise<object>,
      context: { readonly clientName?: string; readonly commandName?: string },
    ) => (given: Given) => Promise<object>,
    options: { readonly step: "initialize"; readonly name: string; readonly priority: "high" },
  ): void;
}

/** Outermost of what the SDK does for a call: all its retries are inside. */
function watchCalls<C extends Watchable>(client: C, region: string, mayWrite: () => void): C {
  const stack = client.middlewareStack as MiddlewareStack;
  stack.add(
    (next, context) => async (given) => {
      const command = (context.commandName ?? "").replace(/Command$/, "");
      const service = (context.clientName ?? "").replace(/Client$/, "");
      if (!READS.test(command)) mayWrite();
      try {
        return await next(given);
      } catch (error) {
        throw toAwsError(error, `${PREFIXES[service] ?? service.toLowerCase()} ${command}${nameBucket(given)}`, region);
      }
    },
    { step: "initialize", name: "problemsForPeople", priority: "high" },
  );
  return client;
}

/** As policies name the services. */
const PREFIXES: Readonly<Record<string, string>> = {
  CloudWatchLogs: "logs",
  SecretsManager: "secretsmanager",
  ElasticLoadBalancingV2: "elasticloadbalancing",
  Route53: "route53",
};

/** S3's own words name no bucket. */
function nameBucket({ input }: Given): string {
  return "Bucket" in input && typeof input.Bucket === "string" ? ` (bucket ${input.Bucket})` : "";
}
