import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { isWrite, parseAction } from "../plan/decide";
import { RULE_KIND, type RuleInputs, type RuleOutputs, ruleInputsSchema, ruleOutputsSchema } from "./rule-state";
import type { Session } from "./session";

type Properties = Record<string, unknown>;
type Hooks = Required<Omit<dynamic.ResourceProvider<Properties, Properties>, "configure">>;

/** Whether inputs or outputs are those of a rule. */
export function isRule({ kind }: Properties): boolean {
  return kind === RULE_KIND;
}

/** Names of the rules that the program declares in this run: the delete of an old resource must leave them alone. */
const declared = new Set<string>();

/**
 * What Pulumi calls for row-level security rules.
 *
 * @param run does work with the session of this process, and tells its errors as people read them
 */
export function makeRuleHooks(run: <T>(work: (session: Session) => Promise<T>) => Promise<T>): Hooks {
  return {
    async check(olds, news) {
      const inputs = ruleInputsSchema.parse(news);
      declared.add(inputs.name);
      const before = ruleInputsSchema.safeParse(olds);
      return { inputs: { ...chooseInputs(inputs, before.success ? before.data : undefined) } };
    },

    async diff(_id, olds, news) {
      const inputs = ruleInputsSchema.parse(news);
      if (olds.name !== inputs.name) return { changes: true, replaces: ["name"], deleteBeforeReplace: false };
      // The engine compares in a refresh too: what was done is no change, unless somebody changed the rule since.
      if (inputs.action === olds.done) return { changes: !isDeepStrictEqual(inputs.drift, olds.drift) };
      return { changes: changesSomething(inputs) };
    },

    async create(news) {
      const outs = await run(async (session) => {
        const { applyRule } = await import("./write-rule.js");
        return applyRule(ruleInputsSchema.parse(news), session);
      });
      return { id: outs.name, outs };
    },

    async update(_id, olds, news) {
      const outs = await run(async (session) => {
        const { applyRule } = await import("./write-rule.js");
        return applyRule(ruleInputsSchema.parse(news), session, ruleOutputsSchema.parse(olds));
      });
      return { outs };
    },

    async read(id, props) {
      return run(async (session): Promise<dynamic.ReadResult<Properties>> => {
        const { readState } = await import("./write-rule.js");
        const before = ruleOutputsSchema.parse(props);
        const outputs = await readState(before, session);
        if (outputs === undefined) return {};
        const answer = { id: id ?? outputs.name, props: outputs };
        const isSame = outputs.drift === undefined && before.drift === undefined;
        return isSame || outputs.applied === undefined ? answer : { ...answer, inputs: toInputs(outputs) };
      });
    },

    async delete(_id, props) {
      await run(async (session) => {
        const { removeRule } = await import("./write-rule.js");
        return removeRule(ruleOutputsSchema.parse(props), session, declared);
      });
    },
  };
}

/** The inputs as they were, with what differs now. */
function toInputs({ applied, kind, name, checksum, target, done, drift }: RuleOutputs): Properties {
  return { ...applied, kind, name, checksum, target, action: done, ...(drift && { drift }) };
}

/** What the engine compares: new inputs where something happens, else exactly the old ones, so that nothing is shown. */
function chooseInputs(news: RuleInputs, olds: RuleInputs | undefined): RuleInputs {
  if (olds === undefined || olds.name !== news.name) return news;
  if (!changesSomething(news)) return olds;
  // The same decision twice in a row must differ from the one that was carried out, or the engine sees no change.
  return news.action === olds.action ? { ...news, action: `${news.action} (again)` } : news;
}

/** Whether the server or the state changes. */
function changesSomething({ action }: RuleInputs): boolean {
  const verb = parseAction(action) ?? "keep";
  return isWrite(verb) || verb === "take";
}
