import { Config, RunError } from "@pulumi/pulumi";
import { z } from "zod";
import { showtimeSettingsSchema } from "../../provider/src/showtime/settings";

const { project, repository, port, healthPath } = showtimeSettingsSchema.shape;

const configurationSchema = z
  .strictObject({
    project,
    repository: repository.unwrap(),
    port,
    healthPath,
    allowedCidrs: z.array(z.cidrv4()).min(1),
    stateBucket: z.string().min(1),
    cluster: z.string().min(1).optional(),
    network: z
      .strictObject({ vpc: z.string().startsWith("vpc-"), subnets: z.array(z.string().startsWith("subnet-")).min(1) })
      .optional(),
    cidr: z.cidrv4().default("10.113.0.0/20"),
    subnetCidrs: z.array(z.cidrv4()).min(2).default(["10.113.0.0/21", "10.113.8.0/21"]),
    domain: z.string().min(1).optional(),
    certificate: z.string().startsWith("arn:").optional(),
    zone: z.string().min(1).optional(),
    oidcProvider: z.string().startsWith("arn:").optional(),
    logDays: z.int().positive().default(7),
    settings: z.record(z.string(), z.unknown()).default({}),
  })
  .refine(
    ({ domain, certificate, zone }) => (domain === undefined) === (certificate === undefined && zone === undefined),
    {
      message: "domain needs a certificate (a load balancer) or a zone (records in Route 53), and these need a domain",
    },
  )
  .refine(({ network, certificate }) => certificate === undefined || (network?.subnets.length ?? 2) >= 2, {
    message: "a load balancer needs subnets in two availability zones",
  });

/** What the foundation is to be. */
export type Configuration = z.output<typeof configurationSchema>;

/** Settings that are texts; all others are written as JSON, which is what Pulumi makes of numbers and lists. */
const TEXTS = new Set([
  "project",
  "repository",
  "healthPath",
  "stateBucket",
  "cluster",
  "cidr",
  "domain",
  "certificate",
  "zone",
  "oidcProvider",
]);

/**
 * Reads the settings of the stack.
 *
 * @throws RunError that names each setting that is missing or wrong
 */
export function readConfiguration(): Configuration {
  const config = new Config();
  const given = Object.keys(configurationSchema.shape).flatMap((key) => {
    const value: unknown = TEXTS.has(key) ? config.get(key) : config.getObject(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const { data, error } = configurationSchema.safeParse(Object.fromEntries(given));
  if (data !== undefined) return data;
  throw new RunError(`The settings of the foundation are wrong (pulumi config set …):\n${z.prettifyError(error)}`);
}
