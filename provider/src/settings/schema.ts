import { z } from "zod";
import { isSecretUri } from "../assets/rules/secrets";
import { DEFAULT_STRATEGY, parseFlags, STRATEGY_FLAGS } from "./strategy";

/** Roles of a stack. */
export const STACK_ROLES = ["development", "qa", "production"] as const;

const globs = z.array(z.string().min(1));

const password = {
  password: z
    .string()
    .min(1)
    .optional()
    .describe("The password as a Pulumi secret: `pulumi config set --secret --path 'superset:…'`."),
  passwordEnv: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the environment variable that holds the password. Read when it is needed, kept nowhere."),
};

const auth = z
  .strictObject({
    provider: z.enum(["db", "ldap"]).default("db").describe("Superset's login provider."),
    username: z
      .string()
      .min(1)
      .describe("The account that deploys. It owns what it creates; it needs the Admin role to create databases."),
    ...password,
  })
  .refine((value) => value.password !== undefined || value.passwordEnv !== undefined, {
    message: "needs `password` (a secret) or `passwordEnv` (the name of an environment variable)",
  });

const database = z.strictObject({
  name: z
    .string()
    .min(1)
    .optional()
    .describe("Name of the target's database that takes this one's place. Default: the name in the file."),
  sqlalchemyUri: z
    .string()
    .min(1)
    .refine((uri) => !isSecretUri(uri), {
      message: "holds a password: write XXXXXXXXXX in its place, and give it in `password` or `passwordEnv`",
    })
    .optional()
    .describe("Address used when the database has to be created on the target; XXXXXXXXXX where the password belongs."),
  ...password,
});

const strategy = z.union([z.string(), z.array(z.string())]).transform((value, context) => {
  const flags = parseFlags(typeof value === "string" ? value : value.join("|"));
  if (flags !== undefined) return flags;
  context.addIssue({
    code: "custom",
    message: `is not made of ${STRATEGY_FLAGS.join(", ")}: write for example "CREATE | UPDATE"`,
  });
  return z.NEVER;
});

/** All settings of a stack, namespace `superset`. `docs/settings.md` is generated from it. */
export const settingsSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, message: "is not an http(s) address" })
    .transform((value) => value.replace(/\/+$/, ""))
    .describe("Address of the Superset server, with the path if it lives below one. https, except on this machine."),
  role: z.enum(STACK_ROLES, { message: `is none of ${STACK_ROLES.join(", ")}` }).describe("What the server is for."),
  auth: auth.describe("How to log in."),
  assets: z
    .string()
    .min(1)
    .default("assets")
    .describe(
      "Folder of the asset files, relative to the folder of the program (that of Pulumi.yaml, or of its `main`).",
    ),
  strategy: strategy
    .default([...DEFAULT_STRATEGY])
    .describe("What this stack may do to its server: any of CREATE, UPDATE, DELETE, joined by `|`."),
  fixCrossFilters: z
    .boolean()
    .default(true)
    .describe(
      "Rewrite the integer ids in dashboards (layout, cross-filters, native filters, display controls) to those of this server. `false` sends the ids of the files as they are: only what Superset's importer itself translates is right then, and it refuses some ids of charts that are not in the layout.",
    ),
  managed: z
    .boolean()
    .optional()
    .describe(
      "Lock the assets in Superset's UI (`is_managed_externally`). Default: true where the role is production.",
    ),
  externalUrl: z
    .string()
    .min(1)
    .optional()
    .describe("Link written to each asset; `{path}` becomes the path of its file inside the assets folder."),
  databases: z
    .record(z.string(), database)
    .default({})
    .describe(
      "Databases of the target, by the name or the UUID that the files use. Needed where names differ, where a file names a database that has no file, or where one has to be created.",
    ),
  include: globs
    .min(1, "is empty: leave it out to take all files")
    .optional()
    .describe("Only files that match one of these globs. Paths are relative to the assets folder."),
  exclude: globs.default([]).describe("Files to leave out."),
  protect: globs.default([]).describe("Assets (globs on their paths) that Pulumi must never delete or replace."),
  headers: z
    .record(z.string(), z.string())
    .default({})
    .describe("Extra headers for every request, for an identity-aware proxy. Set them as secrets."),
  caFile: z.string().min(1).optional().describe("PEM file of an own certificate authority."),
  timeoutSeconds: z
    .number()
    .int()
    .positive()
    .default(60)
    .describe("How long one request may take, in seconds; imports get five times as long."),
});

export type Settings = z.output<typeof settingsSchema>;

/** How one database of the files maps to the target. */
export type DatabaseSettings = z.output<typeof database>;
