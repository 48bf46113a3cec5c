import { z } from "zod";
import { parseFlags, STRATEGY_FLAGS, type StrategyFlag } from "./strategy";

const flags = z.union([z.string(), z.array(z.string())]).transform((value, context): readonly StrategyFlag[] => {
  const found = parseFlags([value].flat().join("|"));
  if (found === undefined) {
    const message = `is not made of ${STRATEGY_FLAGS.join(", ")}: write for example "CREATE | UPDATE"`;
    context.addIssue({ code: "custom", message });
  }
  return found ?? [];
});

const ecsService = z.strictObject({
  region: z.string().min(1).describe("Region of AWS."),
  cluster: z.string().min(1).describe("Name of the cluster."),
  services: z
    .array(z.string().min(1))
    .min(1)
    .describe("Names of the services whose tasks run Superset: web servers, workers, beat."),
});

const restart = z
  .strictObject({
    command: z
      .array(z.string().min(1))
      .min(1)
      .optional()
      .describe("Program and arguments, without a shell. It must end when Superset is up again, with code 0."),
    ecs: ecsService
      .optional()
      .describe("Services of ECS: each gets a new deployment of what it runs, and is waited for."),
    deadlineMinutes: z
      .number()
      .positive()
      .default(10)
      .describe("How long a restart may take. What goes on after that is an error."),
  })
  .refine(({ command, ecs }) => (command === undefined) !== (ecs === undefined), {
    message: "needs either `command` or `ecs`",
  });

/** The setting `extensions`. */
export const extensionsSchema = z
  .strictObject({
    target: z
      .string()
      .min(1)
      .describe(
        "Where the server reads extensions (its `EXTENSIONS_PATH`): a folder, relative to that of the program, or `s3://bucket/prefix?region=eu-west-1`.",
      ),
    folder: z
      .string()
      .min(1)
      .default("extensions")
      .describe("Folder of the bundles for `SupersetExtensions`, relative to the folder of the program."),
    strategy: flags
      .optional()
      .describe(
        "What this stack may do to the target: any of CREATE, UPDATE, REPLACE, DELETE, joined by `|`. A bundle is always written as a whole, so REPLACE allows the same as UPDATE. Default: that of `superset:strategy`.",
      ),
    protect: z
      .array(z.string().min(1))
      .default([])
      .describe("Extensions (globs on their ids: `acme.*`) that Pulumi must never delete."),
    requireSignature: z
      .boolean()
      .default(false)
      .describe("Refuse a bundle without a signature of `publicKey`, or one that was changed after it was signed."),
    publicKey: z
      .string()
      .min(1)
      .optional()
      .describe("Public Ed25519 key in PEM, which `requireSignature` checks signatures with."),
    lockSeconds: z
      .number()
      .nonnegative()
      .default(30)
      .describe("How long to wait while another run delivers the same extension, in seconds."),
    confirmSeconds: z
      .number()
      .nonnegative()
      .default(60)
      .describe(
        "How long the server may take to show what was delivered, in seconds: a mounted bucket is behind for a while.",
      ),
    restart: restart
      .optional()
      .describe(
        "How Superset is started again when backend code changed, which it loads only at its start, or when it does not show what was delivered within `confirmSeconds`, as a server that fetches the target at its start. Default: not at all; the output `restartRequired` says that it is needed.",
      ),
  })
  .refine(({ requireSignature, publicKey }) => !requireSignature || publicKey !== undefined, {
    path: ["publicKey"],
    message: "is missing: without it no signature can be checked",
  });

/** Where a stack puts extensions, and how. */
export type ExtensionSettings = z.output<typeof extensionsSchema>;

/** How Superset is started again. */
export type RestartSettings = NonNullable<ExtensionSettings["restart"]>;
