import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import type { UpEnvironment } from "../environment/bring-up";
import type { Surroundings } from "../environment/surroundings";
import { nameService } from "../showtime/names";
import type { ShowtimeSettings } from "../showtime/settings";
import { compareArguments, describeAction } from "./environment-changes";
import {
  ENVIRONMENT_KIND,
  type EnvironmentInputs,
  type EnvironmentOutputs,
  environmentInputsSchema,
  environmentOutputsSchema,
} from "./environment-state";

type Properties = Record<string, unknown>;
type Hooks = Required<Omit<dynamic.ResourceProvider<Properties, Properties>, "configure">>;

/** Does work on AWS with what these settings name, and tells its errors as people read them. */
export type RunOnAws = <T>(settings: ShowtimeSettings, work: (surroundings: Surroundings) => Promise<T>) => Promise<T>;

/** Whether inputs or outputs are those of an environment. */
export function isEnvironment({ kind }: Properties): boolean {
  return kind === ENVIRONMENT_KIND;
}

/** What a refresh says where the service is gone, and something of the environment is left. */
const SERVICE_GONE = "service: gone";

/** Why an environment is replaced: the engine checks it a second time, as if there was nothing before. */
const replacements = new Map<string, string>();

/** What Pulumi calls for ephemeral environments. `check` and `diff` ask nobody: they run one after another. */
export function makeEnvironmentHooks(run: RunOnAws): Hooks {
  return {
    async check(olds, news) {
      const parsed = environmentInputsSchema.safeParse(news);
      if (!parsed.success) return refuseInputs(parsed.error.issues);
      const before = environmentInputsSchema.safeParse(olds);
      return { inputs: { ...chooseInputs(parsed.data, before.data) } };
    },

    async diff(_id, olds, news) {
      const inputs = environmentInputsSchema.parse(news);
      const before = environmentOutputsSchema.parse(olds);
      const { replaced, changed } = compareArguments(before, inputs);
      // Pulumi names a property beside the replacement; the action says the rest.
      if (replaced.length > 0) return { changes: true, replaces: ["commit"], deleteBeforeReplace: false };
      return { changes: changed.length > 0 || !isDeepStrictEqual(inputs.drift, before.drift) };
    },

    async create(news) {
      const inputs = environmentInputsSchema.parse(news);
      const outs = await run(inputs.settings, async (surroundings) => {
        const { bringUp } = await import("../environment/bring-up.js");
        return toOutputs(inputs, await bringUp(surroundings, inputs));
      });
      return { id: outs.service, outs };
    },

    async update(_id, olds, news) {
      const inputs = environmentInputsSchema.parse(news);
      const before = environmentOutputsSchema.parse(olds);
      const outs = await run(inputs.settings, async (surroundings) => {
        const { changeEnvironment } = await import("../environment/change.js");
        const { ip, round, drift } = before;
        const former = { ip, round, created: new Date(before.created), hasDrifted: drift !== undefined };
        return toOutputs(inputs, await changeEnvironment(surroundings, inputs, former));
      });
      return { outs };
    },

    async read(id, props) {
      const before = environmentOutputsSchema.parse(props);
      return run(before.settings, async ({ aws, settings }): Promise<dynamic.ReadResult<Properties>> => {
        const { readEnvironment } = await import("../environment/read.js");
        const found = await readEnvironment(aws, settings, before);
        const { hasParts } = await import("../environment/remove.js");
        // What the state forgets nobody removes: an environment is gone when all of it is.
        if (found === undefined && !(await hasParts(aws, settings, before))) return {};
        const { drift: former, ...rest } = before;
        const differences = found?.drift ?? [SERVICE_GONE];
        const drift = differences.length === 0 ? undefined : [...differences];
        const { url, ip } = addressNow(before, found?.ip);
        const outputs = { ...rest, url, ip, status: found?.status ?? "stopped", ...(drift && { drift }) };
        const answer = { id: id ?? before.service, props: outputs };
        return drift === undefined && former === undefined ? answer : { ...answer, inputs: toInputs(outputs) };
      });
    },

    async delete(_id, props) {
      const before = environmentOutputsSchema.parse(props);
      await run(before.settings, async ({ aws, settings, wait, now }) => {
        const { removeEnvironment } = await import("../environment/remove.js");
        await removeEnvironment(aws, settings, { ...before, isLegacy: false }, wait, { now });
      });
    },
  };
}

/** The engine prints the value of the property that a failure names before its reason: a short one. */
export function refuseInputs(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): dynamic.CheckResult<Properties> {
  return {
    failures: issues.map(({ path, message }) => ({
      property: "pullRequest",
      reason: `${path.map(String).join(".")}: ${message}`,
    })),
  };
}

/**
 * What the engine compares, with the decision in words. An environment that stays keeps its generation: the new one is
 * only for another environment.
 */
function chooseInputs(news: EnvironmentInputs, olds: EnvironmentInputs | undefined): EnvironmentInputs {
  const identity = `${nameService(news)} ${news.generation}`;
  if (olds === undefined) return { ...news, action: replacements.get(identity) ?? "create" };
  const changes = compareArguments(olds, news);
  const action = describeAction(changes, olds.drift ?? []) ?? olds.action;
  const isReplaced = changes.replaced.length > 0;
  if (isReplaced && action !== undefined) replacements.set(identity, action);
  // Made anew, also in place, it is another one for whatever leads to it.
  const isAnother = isReplaced || olds.drift?.includes(SERVICE_GONE) === true;
  const generation = isAnother ? news.generation : olds.generation;
  return { ...news, generation, ...(action !== undefined && { action }) };
}

/** A value that is undefined would end the engine's connection. */
function toOutputs(inputs: EnvironmentInputs, up: UpEnvironment): EnvironmentOutputs {
  const { url, ip, service, serviceArn, taskDefinition, created } = up;
  const expires = up.expires?.toISOString() ?? "close";
  const made = { url, ip, service, serviceArn, taskDefinition, created: created.toISOString(), expires };
  return { ...inputs, ...made, status: "running" };
}

/** A task that ECS started anew is somewhere else; a balancer's host stays. */
function addressNow(before: EnvironmentOutputs, ip: string | undefined): { url: string; ip: string } {
  if (ip === undefined) return before;
  return { ip, url: before.url.replace(`//${before.ip}:`, `//${ip}:`) };
}

/** The inputs as they were, with what differs now. */
function toInputs(outputs: EnvironmentOutputs): Properties {
  const { url, ip, service, serviceArn, taskDefinition, created, expires, status, ...inputs } = outputs;
  return inputs;
}
