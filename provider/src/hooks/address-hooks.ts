import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { type RunOnAws, refuseInputs } from "./environment-hooks";
import {
  ADDRESS_KIND,
  type AddressInputs,
  type AddressOutputs,
  addressInputsSchema,
  addressOutputsSchema,
} from "./environment-state";

type Properties = Record<string, unknown>;
type Hooks = Required<Omit<dynamic.ResourceProvider<Properties, Properties>, "configure">>;

/** Whether inputs or outputs are those of an address. */
export function isAddress({ kind }: Properties): boolean {
  return kind === ADDRESS_KIND;
}

/** What Pulumi calls for the address of a pull request's environment. */
export function makeAddressHooks(run: RunOnAws): Hooks {
  const put = (inputs: AddressInputs) =>
    run(inputs.settings, async (surroundings) => {
      const { putAddress } = await import("../environment/address.js");
      return { ...inputs, url: await putAddress(surroundings, { ...inputs, ip: inputs.ip }) };
    });
  return {
    async check(olds, news) {
      const parsed = addressInputsSchema.safeParse(news);
      if (!parsed.success) return refuseInputs(parsed.error.issues);
      const before = addressInputsSchema.safeParse(olds);
      return { inputs: { ...chooseInputs(parsed.data, before.data) } };
    },

    async diff(_id, olds, news) {
      const inputs = addressInputsSchema.parse(news);
      const before = addressOutputsSchema.parse(olds);
      if (!isDeepStrictEqual(nameOf(inputs), nameOf(before))) {
        return { changes: true, replaces: ["settings"], deleteBeforeReplace: false };
      }
      const isSame = isDeepStrictEqual(targetOf(inputs), targetOf(before));
      return { changes: !isSame || !isDeepStrictEqual(inputs.drift, before.drift) };
    },

    async create(news) {
      const outs = await put(addressInputsSchema.parse(news));
      return { id: outs.url, outs };
    },

    async update(_id, _olds, news) {
      return { outs: await put(addressInputsSchema.parse(news)) };
    },

    async read(id, props) {
      const before = addressOutputsSchema.parse(props);
      return run(before.settings, async (surroundings): Promise<dynamic.ReadResult<Properties>> => {
        const { compareAddress } = await import("../environment/address.js");
        const found = await compareAddress(surroundings, { ...before, ip: before.ip }, before.url);
        const { drift: former, ...rest } = before;
        const outputs: AddressOutputs = { ...rest, ...(found.length > 0 && { drift: found }) };
        const answer = { id: id ?? before.url, props: outputs };
        if (found.length === 0 && former === undefined) return answer;
        const { url, ...inputs } = outputs;
        return { ...answer, inputs };
      });
    },

    async delete(_id, props) {
      const before = addressOutputsSchema.parse(props);
      await run(before.settings, async (surroundings) => {
        const { removeAddress } = await import("../environment/address.js");
        await removeAddress(surroundings, before);
      });
    },
  };
}

/** Another one of these is another name: the new one is made before the old one goes. */
function nameOf({ settings, pullRequest }: AddressInputs) {
  return [settings.project, settings.region, settings.address, pullRequest];
}

/** Where the name leads. */
function targetOf({ settings, commit, generation, ip }: AddressInputs) {
  return [settings.cluster, settings.port, commit, generation, ip];
}

/** What the engine compares, with the decision in words. */
function chooseInputs(news: AddressInputs, olds: AddressInputs | undefined): AddressInputs {
  if (olds === undefined) return { ...news, action: "create" };
  const isSame = isDeepStrictEqual([nameOf(news), targetOf(news)], [nameOf(olds), targetOf(olds)]);
  const reasons = [...(isSame ? [] : ["leads to the new environment"]), ...(olds.drift ?? [])];
  const action = reasons.length === 0 ? olds.action : `update: ${reasons.join(", ")}`;
  return { ...news, ...(action !== undefined && { action }) };
}
