import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { ProblemError } from "../core/errors";

/**
 * One instance in the configuration of the tool `sup`. Keys of its own that are not needed here stay unread.
 */
const instanceSchema = z.looseObject({
  url: z.url({ protocol: /^https?$/ }),
  auth_method: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  access_token: z.string().optional(),
  oauth_authorization_url: z.string().optional(),
  oauth_token_url: z.string().optional(),
  oauth_client_id: z.string().optional(),
  oauth_client_secret: z.string().optional(),
  oauth_scope: z.string().optional(),
});

const configSchema = z.looseObject({ superset_instances: z.record(z.string(), z.unknown()).nullish() });

/** An instance that `~/.sup/config.yml` describes. */
export type SupInstance = z.output<typeof instanceSchema>;

/** Where `sup` keeps its instances. It is only ever read. */
export function supConfigFile(): string {
  return join(process.env.HOME ?? homedir(), ".sup", "config.yml");
}

/** The names of the instances that it knows; empty where there is no such file. */
export function listSupInstances(): string[] {
  return Object.keys(readInstances());
}

/**
 * Reads one instance.
 *
 * @returns undefined where there is none of that name
 * @throws ProblemError `sup/invalid`
 */
export function readSupInstance(name: string): SupInstance | undefined {
  const entry = readInstances()[name];
  if (entry === undefined) return undefined;
  const parsed = instanceSchema.safeParse(entry);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw invalid(`The instance "${name}" cannot be used: ${problems.join("; ")}`);
}

function readInstances(): Readonly<Record<string, unknown>> {
  const file = supConfigFile();
  if (!existsSync(file)) return {};
  const parsed = configSchema.safeParse(readYamlFile(file));
  if (!parsed.success) throw invalid("It holds no mapping `superset_instances`.");
  return parsed.data.superset_instances ?? {};
}

function readYamlFile(file: string): unknown {
  try {
    return parse(readFileSync(file, "utf8"));
  } catch (error) {
    // The parser's message may quote a line with a password.
    throw invalid(`It cannot be read as YAML (${error instanceof Error ? error.name : "unknown"}).`);
  }
}

function invalid(summary: string): ProblemError {
  return new ProblemError({
    code: "sup/invalid",
    summary,
    remedy: "Correct it, or make a stack with `pulumi-superset stack add`; this file is only read here.",
    place: { file: supConfigFile() },
    exitCode: 2,
  });
}
