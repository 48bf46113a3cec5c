import { resolve } from "node:path";
import type { Finding } from "../assets/definition";
import { orderByDependency } from "../assets/graph";
import { defineAssets } from "../assets/read-folder";
import type { Validation } from "../assets/validate-folder";
import { listMissing } from "../plan/access";
import { mapDatabases } from "../plan/database-map";
import { findKnownResources } from "../resources/known-resources";
import { makePlan } from "../resources/make-plan";
import type { Settings } from "../settings/schema";
import { createStrategyLookup } from "../settings/strategy";
import { fingerprintTarget } from "../superset/connection";
import { loadInventory } from "../superset/inventory";
import { findRoles } from "../superset/people";
import { findProject } from "./project-files";
import { openServer, readStackSettings } from "./stack-settings";
import { exportStack, listResources } from "./stack-state";
import type { ValidateScope } from "./validate-scope";

/** What {@link askTarget} needs. */
export interface TargetQuestion {
  readonly stack: string;
  readonly cwd: string;
  readonly settings: Settings;
  readonly scope: ValidateScope;
  /** Of files without errors. */
  readonly validation: Validation;
}

/** Reads the settings of a stack as Pulumi has them, secrets too. */
export async function readTarget(
  stack: string,
  cwd: string,
  assetsDir: string | undefined,
): Promise<{ settings: Settings; scope: ValidateScope }> {
  const settings = await readStackSettings(stack, cwd);
  const own = resolve(findProject(cwd).programFolder, settings.assets);
  const folder = assetsDir === undefined ? own : resolve(assetsDir);
  const { include, exclude, fixCrossFilters, databases } = settings;
  const filter = folder === own ? { exclude, ...(include !== undefined && { include }) } : {};
  const mappedDatabaseUuids = [...mapDatabases([], databases).keys()];
  return { settings, scope: { folder, read: { ...filter, mappedDatabaseUuids, keepIds: !fixCrossFilters } } };
}

/**
 * Plans a deployment as the preview does, and tells what it would refuse. Nothing is written.
 *
 * @throws SupersetError where the server cannot be reached, refuses the login or is too old
 */
export async function askTarget({ stack, cwd, settings, scope, validation }: TargetQuestion): Promise<Finding[]> {
  const client = openServer(settings, stack);
  await client.version();
  const [inventory, state] = await Promise.all([loadInventory(client), exportStack(stack, cwd)]);
  const resolved = validation.files.map((file) => file.resolved);
  const stated = orderByDependency(defineAssets(resolved, scope.read));
  const planned = await makePlan(stated, validation.access.assets, {
    client,
    inventory,
    known: findKnownResources(listResources(state).map(({ urn, type, outputs }) => ({ urn, type, outputs }))),
    settings,
    target: fingerprintTarget(settings.url),
    strategyOf: createStrategyLookup(settings.strategy),
  });
  const refused = planned.flatMap(({ definition, decision }) =>
    decision.action === "refuse" ? [refusal(definition.path, decision.reason)] : [],
  );
  const missing = listMissing(planned.flatMap(({ access }) => access ?? []));
  const { rules } = validation.access;
  const roles = await findRoles(client, new Set(rules.flatMap((rule) => rule.roles)));
  const lacking = rules.flatMap((rule) =>
    rule.roles.flatMap((role) => (roles.has(role) ? [] : [lack(rule.path, `no role "${role}": rule "${rule.name}"`)])),
  );
  return [...refused, ...missing.map((line) => lack("access.yaml", line.trim())), ...lacking];
}

function refusal(file: string, reason: string): Finding {
  const remedy = "Do what it says; `pulumi preview` refuses it as well.";
  return { rule: "target-refuses", severity: "error", file, message: reason, remedy };
}

function lack(file: string, what: string): Finding {
  const remedy = "Create it on the server, or take it out of access.yaml.";
  return { rule: "target-lacks", severity: "error", file, message: `the server has ${what}`, remedy };
}
