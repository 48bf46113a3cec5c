import { z } from "zod";
import type { AssetKind } from "../assets/definition";
import { isSecretUri } from "../assets/rules/secrets";
import { suggestNearest } from "../core/nearest";
import { authSchema } from "./auth";
import { extensionsSchema } from "./extensions";
import { oneOf, passwordFields } from "./fields";
import { STACK_ROLES } from "./roles";
import {
  DEFAULT_STRATEGY,
  parseFlags,
  readStrategyKey,
  STRATEGY_FLAGS,
  type StrategyFlag,
  type StrategyRules,
} from "./strategy";

/** What becomes of the columns that a dataset's definition no longer has. */
export const RETAINED = ["null", "value"] as const;

/** Where DELETE looks for what no definition has. */
export const DELETE_SCOPES = ["stack", "server"] as const;

const globs = z.array(z.string().min(1));

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
  ...passwordFields,
});

const flagList = z.union([z.string(), z.array(z.string())]);

const strategy = z.union([flagList, z.record(z.string(), flagList)]).transform((value, context): StrategyRules => {
  const entries = typeof value === "string" || Array.isArray(value) ? { default: value } : value;
  const globs: Record<string, readonly StrategyFlag[]> = {};
  const kinds: Partial<Record<AssetKind, readonly StrategyFlag[]>> = {};
  for (const [key, words] of Object.entries(entries)) {
    const meaning = readStrategyKey(key);
    const flags = parseFlags(typeof words === "string" ? words : words.join("|"));
    if (meaning === undefined) {
      const message = `"${key}" is neither default, databases, datasets, charts or dashboards, nor a glob on paths`;
      context.addIssue({ code: "custom", message });
    }
    if (flags === undefined) {
      const given = [words].flat().join("|");
      const wrong = given.split(/[\s|,]+/).find((word) => word !== "" && parseFlags(word) === undefined) ?? given;
      const message = `is not made of ${STRATEGY_FLAGS.join(", ")}: write for example "CREATE | UPDATE"${suggestNearest(wrong, STRATEGY_FLAGS)}`;
      context.addIssue({ code: "custom", message });
    } else if (meaning === "glob") globs[key] = flags;
    else if (meaning !== undefined && meaning !== "default") kinds[meaning] = flags;
  }
  const given = entries.default === undefined ? DEFAULT_STRATEGY : parseFlags([entries.default].flat().join("|"));
  return { default: given ?? DEFAULT_STRATEGY, kinds, globs };
});

const allSettings = z.strictObject({
  url: z
    .url({ protocol: /^https?$/, message: "is not an http(s) address" })
    .transform((value) => value.replace(/\/+$/, ""))
    .describe("Address of the Superset server, with the path if it lives below one. https, except on this machine."),
  role: oneOf(STACK_ROLES).describe("What the server is for."),
  auth: authSchema.describe("How to log in."),
  assets: z
    .string()
    .min(1)
    .default("assets")
    .describe(
      "Folder of the asset files, relative to the folder of the program (that of Pulumi.yaml, or of its `main`).",
    ),
  strategy: strategy
    .default({ default: DEFAULT_STRATEGY, kinds: {}, globs: {} })
    .describe(
      "What this stack may do to its server: any of CREATE, UPDATE, REPLACE, DELETE, joined by `|`. Or a mapping of flags by kind and by glob.",
    ),
  deleteScope: oneOf(DELETE_SCOPES)
    .default("stack")
    .describe(
      "What DELETE removes. `stack`: what this stack made and no file has any more. `server`: also everything else in the databases that the stack uses, whoever made it; not possible where the role is production.",
    ),
  replace: oneOf(["recreate", "inPlace"])
    .default("recreate")
    .describe(
      "How REPLACE works, which counts where UPDATE is not set. `recreate`: the object is deleted and created again, with another integer id. `inPlace` (advised): the same content, written over the object, so that its id and all that hangs on it stay.",
    ),
  onDrift: oneOf(["overwrite", "keep", "refuse"])
    .default("overwrite")
    .describe(
      "What happens to an asset that somebody changed on the server since the last deployment. `overwrite`: the file is written over it. `keep`: it is left as it is, even if its file changed too. `refuse` (advised for production): the whole run is refused, and nothing is written.",
    ),
  adopt: z
    .boolean()
    .default(true)
    .describe(
      "Take over what the server has under another UUID: a dataset of the same database, schema and table, a dashboard of the same slug. `false`: such a file is refused.",
    ),
  takeOver: z
    .boolean()
    .default(false)
    .describe(
      "Give an object that was taken over the UUID of the file; permalinks of a dashboard then stop working. `false`: it keeps its own UUID, and what refers to it is rewritten when it is sent.",
    ),
  uuids: z
    .record(z.guid().toLowerCase(), z.guid().toLowerCase())
    .default({})
    .describe(
      "UUID of the object on this server, by the UUID in the file. Needed for charts that were made on each server by hand: nothing else tells that they are the same. The object must be there.",
    ),
  flushCaches: z
    .boolean()
    .default(true)
    .describe(
      "Tell the server to drop the cached results of every dataset that was written. It can do so where its configuration has `STORE_CACHE_KEYS_IN_METADATA_DB = True`; elsewhere this has no effect.",
    ),
  retained: z
    // Pulumi hands a YAML null, which people write without quotes, over as an empty text.
    .preprocess((value) => (value === "" ? "null" : value), oneOf(RETAINED))
    .default("null")
    .describe(
      "UPDATE keeps the columns that a dataset's file no longer has, so that charts on them still render. `null`: they answer NULL, even when the table has lost them. `value`: they stay as they were.",
    ),
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
  extensions: extensionsSchema.optional().describe("Where extensions of Superset go, and how."),
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

/** All settings of a stack, namespace `superset`. `docs/settings.md` is generated from it. */
export const settingsSchema = allSettings.refine(
  ({ role, deleteScope }) => role !== "production" || deleteScope !== "server",
  {
    path: ["deleteScope"],
    message:
      "server would delete what people made on a production server: the role production has only `deleteScope: stack`",
  },
);

export type Settings = z.output<typeof settingsSchema>;

/** How one database of the files maps to the target. */
export type DatabaseSettings = z.output<typeof database>;
