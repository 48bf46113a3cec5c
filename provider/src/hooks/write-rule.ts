import { ProblemError } from "../core/errors";
import { isWrite, parseAction } from "../plan/decide";
import { setAsideUuid } from "../plan/replacement";
import { describeRule, listRuleDifferences, type TargetDataset } from "../plan/rules";
import { findReasonToStay } from "../plan/vanished";
import type { Inventory } from "../superset/inventory";
import { confirmAbsences } from "../superset/lookup";
import { findRoles } from "../superset/people";
import {
  changeRule,
  createRule,
  deleteRule,
  findRule,
  type RemoteRule,
  type RuleContent,
} from "../superset/row-level-security";
import { type RuleInputs, type RuleOutputs, ruleContentSchema } from "./rule-state";
import { assertSameTarget } from "./same-target";
import type { Session } from "./session";

/**
 * Does what the program decided about a rule. A decision that writes nothing only takes it into the state.
 *
 * @param before what the state had, for an update
 * @throws ProblemError `plan/changed` if the target moved since the decision; `access/missing` where it lacks a role or
 * dataset
 */
export async function applyRule(inputs: RuleInputs, session: Session, before?: RuleOutputs): Promise<RuleOutputs> {
  assertSameTarget(inputs.target, session);
  const present = await findRule(session.client, inputs.name);
  assertStillTrue(inputs, present);
  const isWritten = isWrite(parseAction(inputs.action) ?? "keep");
  const rule = isWritten || present === undefined ? await writeRule(inputs, session, present) : present;
  return {
    kind: inputs.kind,
    name: inputs.name,
    origin: originOf(inputs, before),
    checksum: inputs.checksum,
    target: session.target,
    supersetId: rule.id,
    applied: ruleContentSchema.parse(inputs),
    done: inputs.action,
  };
}

/** What was absent when the plan was made must still be absent, and the other way round. */
function assertStillTrue({ name, path, action }: RuleInputs, present: RemoteRule | undefined): void {
  if ((parseAction(action) === "create") === (present === undefined)) return;
  throw new ProblemError({
    code: "plan/changed",
    summary: `The ${describeRule(name)} ${present ? "appeared on" : "vanished from"} the target since the plan was made; nothing was written.`,
    remedy: "Run `pulumi preview` and `pulumi up` again.",
    place: { file: path },
  });
}

async function writeRule(inputs: RuleInputs, session: Session, present: RemoteRule | undefined): Promise<RemoteRule> {
  const datasets = await findDatasets(inputs, session);
  const roles = await findRoles(session.client, inputs.roles);
  const { name, clause, filterType, groupKey, description } = inputs;
  const content: RuleContent = {
    name,
    clause,
    filterType,
    groupKey: groupKey ?? null,
    ...(description !== undefined && { description }),
    roleIds: inputs.roles.map((role) => roles.get(role)?.id ?? missing(inputs, `role "${role}"`)),
    // Charts and SQL still reach the old object of a replacement until the run ends.
    datasetIds: datasets.flatMap(({ id, asideId }) => (asideId === undefined ? [id] : [id, asideId])),
  };
  const written =
    present === undefined
      ? await createRule(session.client, content)
      : await changeRule(session.client, present.id, content);
  const differences = listRuleDifferences(inputs, datasets, written);
  if (differences.length === 0) return written;
  throw new ProblemError({
    code: "access/not-applied",
    summary: `The server did not keep the ${describeRule(name)} as it was written.`,
    why: `other than declared: ${differences.join(", ")}`,
    remedy: "Run it again; somebody may have changed it at the same moment.",
    place: { file: inputs.path },
  });
}

interface RuleDataset extends Pick<TargetDataset, "asideId" | "title"> {
  readonly id: number;
}

/** Ids as they are now: a dataset that was created in this run got its own only then. */
async function findDatasets(inputs: RuleInputs, session: Session): Promise<RuleDataset[]> {
  const inventory = await session.inventory();
  const expected = inputs.datasets.map((uuid) => ({ kind: "dataset", uuid }) as const);
  await confirmAbsences(session.client, inventory, expected);
  return inputs.datasets.map(
    (uuid) => findDataset(inventory, uuid) ?? missing(inputs, `dataset with the UUID ${uuid}`),
  );
}

function findDataset(inventory: Inventory, uuid: string): RuleDataset | undefined {
  const dataset = inventory.byUuid("dataset", uuid);
  const aside = inventory.byUuid("dataset", setAsideUuid(uuid));
  return dataset && { id: dataset.id, title: dataset.title, ...(aside !== undefined && { asideId: aside.id }) };
}

function missing({ name, path }: RuleInputs, what: string): never {
  throw new ProblemError({
    code: "access/missing",
    summary: `The target has no ${what}; the ${describeRule(name)} was not written.`,
    remedy: "Run `pulumi preview` again: it names all that is missing.",
    place: { file: path },
    exitCode: 3,
  });
}

/** What another server had says nothing about this one. */
function originOf(inputs: RuleInputs, before: RuleOutputs | undefined): RuleOutputs["origin"] {
  if (parseAction(inputs.action) === "create") return "created";
  return before?.target === inputs.target ? before.origin : "adopted";
}

/** What the state is to have of a rule; undefined where it is gone from the target. */
export async function readState(outputs: RuleOutputs, session: Session): Promise<RuleOutputs | undefined> {
  // Another server's rule: whether that one has it cannot be asked here.
  if (outputs.target !== session.target) return outputs;
  const rule = await findRule(session.client, outputs.name);
  if (rule === undefined) return undefined;
  const { drift: _before, ...state } = outputs;
  const drift = outputs.applied === undefined ? [] : await listDrift(outputs.applied, rule, session);
  return { ...state, supersetId: rule.id, ...(drift.length > 0 && { drift }) };
}

async function listDrift(
  { datasets, ...text }: NonNullable<RuleOutputs["applied"]>,
  rule: RemoteRule,
  session: Session,
): Promise<string[]> {
  const inventory = await session.inventoryOfRefresh();
  const found = datasets.map((uuid) => findDataset(inventory, uuid) ?? { title: uuid });
  return listRuleDifferences(text, found, rule).map((difference) => `other than declared: ${difference}`);
}

/** Removes a rule from the server, unless another resource of this run is that rule, or it has a reason to stay. */
export async function removeRule(outputs: RuleOutputs, session: Session, declared: ReadonlySet<string>): Promise<void> {
  if (declared.has(outputs.name)) return;
  const reason = findReasonToStay(outputs, new Set(session.settings.strategy.default), session.target);
  if (reason !== undefined) {
    console.log(`${describeRule(outputs.name)} stays on the server: ${reason}.`);
    return;
  }
  const rule = await findRule(session.client, outputs.name);
  if (rule !== undefined) await deleteRule(session.client, rule);
}
