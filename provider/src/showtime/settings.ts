import { z } from "zod";
import { parseTimeToLive } from "./time-to-live";

const name = (pattern: RegExp, what: string) => z.string().regex(pattern, { message: `is not ${what}` });

const time = z.string().refine((text) => parseTimeToLive(text) !== undefined, {
  message: "is no time to live: write 24h, 48h, 72h, 3d, 1w or close",
});

const size = z.strictObject({
  cpu: z.int().min(256).max(16384).describe("In units of Fargate: 1024 are one processor."),
  memory: z.int().min(512).max(122880).describe("In MiB."),
});

const loadBalancerAddress = z.strictObject({
  kind: z.literal("load-balancer"),
  listener: z.string().startsWith("arn:").describe("ARN of the listener of an application load balancer."),
  vpc: z.string().startsWith("vpc-").describe("The network of its target groups."),
  domain: z.string().min(1).describe("Environments are `pr-1234.<domain>`; a wildcard record points to the balancer."),
});

const recordAddress = z.strictObject({
  kind: z.literal("record"),
  zone: z.string().min(1).describe("Id of the hosted zone in Route 53."),
  domain: z.string().min(1).describe("Environments are `pr-1234.<domain>`."),
});

/**
 * The settings of ephemeral environments: the file `showtime.yaml` beside Pulumi.yaml. `stacks/foundation` prints it as
 * its output `settings`. Nothing of it is secret.
 */
export const showtimeSettingsSchema = z.strictObject({
  project: name(/^[a-z][a-z0-9-]{0,19}$/, "lower-case letters, digits and hyphens, at most 20").describe(
    "What tells the environments of this repository from all others of the account. One cluster and one image repository have one project.",
  ),
  repository: name(/^[\w.-]+\/[\w.-]+$/, "owner/name")
    .optional()
    .describe("`owner/name` on GitHub; it wins over GITHUB_REPOSITORY, which is the default."),
  region: z.string().min(1).describe("Region of AWS: `eu-central-1`."),
  cluster: z.string().min(1).describe("ECS cluster, by name."),
  imageRepository: z.string().min(1).describe("ECR repository, by name. Images are `pr-1234-abc123f-ci`."),
  subnets: z.array(z.string().startsWith("subnet-")).min(1).describe("Of the tasks, by id: `subnet-…`."),
  securityGroups: z.array(z.string().startsWith("sg-")).min(1).describe("Of the tasks, by id: `sg-…`."),
  publicAddress: z.boolean().default(true).describe("Whether tasks get a public address."),
  executionRole: z
    .string()
    .startsWith("arn:")
    .describe("ARN of the role that pulls the image, writes logs and reads the login's secret."),
  taskRole: z
    .string()
    .startsWith("arn:")
    .optional()
    .describe("ARN of the role of what runs in the container. Default: none. Give it no permissions."),
  logGroup: z.string().min(1).describe("Of CloudWatch Logs, by name."),
  port: z.int().min(1).max(65535).default(8080).describe("The container listens on it."),
  healthPath: z
    .string()
    .startsWith("/")
    .default("/health")
    .describe("Answers with status 200 when the container is ready."),
  variables: z.record(z.string(), z.string()).default({}).describe("Environment of the container, in clear."),
  tags: z
    .record(z.string(), z.string())
    .default({})
    .describe("Further tags of all that is made on AWS, for the account's own bookkeeping."),
  sizes: z
    .record(z.string(), size)
    .default({
      small: { cpu: 512, memory: 2048 },
      medium: { cpu: 1024, memory: 4096 },
      large: { cpu: 2048, memory: 8192 },
    })
    .describe("What `--size` may name."),
  size: z.string().default("small").describe("The size where nobody names one."),
  login: z
    .strictObject({
      username: z.string().min(1).default("admin").describe("Name of the user that the image makes."),
      usernameVariable: z.string().min(1).default("ADMIN_USERNAME").describe("Variable with that name."),
      passwordVariable: z.string().min(1).default("ADMIN_PASSWORD").describe("Variable with the user's password."),
      secretKeyVariable: z
        .string()
        .min(1)
        .default("SUPERSET_SECRET_KEY")
        .describe("Variable with the key that signs sessions."),
    })
    .prefault({})
    .describe("Names of the variables in which the container gets its login data, out of Secrets Manager."),
  deadlineMinutes: z.number().positive().max(120).default(15).describe("How long an environment may take to answer."),
  timeToLive: time
    .default("48h")
    .describe("Where no label and no option says otherwise: 24h, 48h, 72h, 3d, 1w, close."),
  maxAge: time.default("48h").describe("The longest time to live, for labels and options too. `close`: no limit."),
  address: z
    .discriminatedUnion("kind", [loadBalancerAddress, recordAddress])
    .optional()
    .describe("A stable name for each pull request. Default: the public address of the task, which a restart changes."),
  assets: z.string().min(1).default("assets").describe("Folder of the assets that `--assets` puts into environments."),
  takesOverShowtime: z
    .boolean()
    .default(false)
    .describe("Whether `cleanup` may remove services of Superset Showtime: their tags do not say whose they are."),
});

/** The settings, with all defaults. */
export type ShowtimeSettings = z.output<typeof showtimeSettingsSchema>;

/** A stable name for each pull request. */
export type AddressSettings = NonNullable<ShowtimeSettings["address"]>;
