import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { isWrite, parseAction } from "../plan/decide";
import {
  EXTENSION_KIND,
  type ExtensionErrand,
  type ExtensionInputs,
  type ExtensionOutputs,
  extensionErrandSchema,
  extensionInputsSchema,
  extensionOutputsSchema,
} from "./extension-state";
import type { Session } from "./session";

type Properties = Record<string, unknown>;
type Hooks = Required<Omit<dynamic.ResourceProvider<Properties, Properties>, "configure">>;

/** Whether inputs or outputs are those of an extension. */
export function isExtension({ kind }: Properties): boolean {
  return kind === EXTENSION_KIND;
}

/** What the program tells of the bundles of this run, by place and id. */
const errands = new Map<string, ExtensionErrand>();

/** The targets that the program names in this run. */
const places = new Set<string>();

const keyOf = ({ place, extension }: Pick<ExtensionInputs, "place" | "extension">) => `${place} ${extension}`;

/**
 * What Pulumi calls for extensions.
 *
 * @param run does work with the session of this process, and tells its errors as people read them
 */
export function makeExtensionHooks(run: <T>(work: (session: Session) => Promise<T>) => Promise<T>): Hooks {
  const deliver = (news: Properties, olds?: Properties) =>
    run(async (session) => {
      const { deliverExtension } = await import("./deliver-extension.js");
      const inputs = extensionInputsSchema.parse(news);
      const before = olds && extensionOutputsSchema.parse(olds);
      return deliverExtension({ inputs, errand: errands.get(keyOf(inputs)), before }, session);
    });
  return {
    async check(olds, news) {
      const inputs = extensionInputsSchema.parse(news);
      places.add(inputs.place);
      const errand = extensionErrandSchema.safeParse(news);
      if (errand.success) errands.set(keyOf(inputs), errand.data);
      const before = extensionInputsSchema.safeParse(olds);
      return chooseInputs(inputs, before.success ? before.data : undefined);
    },

    async diff(_id, olds, news) {
      const inputs = extensionInputsSchema.parse(news);
      // Another extension: the new one is delivered first; then the old one goes.
      if (olds.extension !== inputs.extension) {
        return { changes: true, replaces: ["extension"], deleteBeforeReplace: false };
      }
      // The engine compares in a refresh too: what was done is no change, unless somebody changed it since.
      if (inputs.action === olds.done) return { changes: !isDeepStrictEqual(inputs.drift, olds.drift) };
      return { changes: changesSomething(inputs) };
    },

    async create(news) {
      const { outs, unconfirmed } = await deliver(news);
      if (unconfirmed !== undefined) throw partlyDone(outs, news, unconfirmed);
      return { id: outs.extension, outs };
    },

    async update(_id, olds, news) {
      const { outs, unconfirmed } = await deliver(news, olds);
      if (unconfirmed !== undefined) throw partlyDone(outs, news, unconfirmed);
      return { outs };
    },

    async read(id, props) {
      return run(async (): Promise<dynamic.ReadResult<Properties>> => {
        const { readExtension } = await import("./read-extension.js");
        const before = extensionOutputsSchema.parse(props);
        const outputs = await readExtension(before);
        if (outputs === undefined) return {};
        const answer = { id: id ?? outputs.extension, props: outputs };
        const isSame = outputs.drift === undefined && before.drift === undefined;
        return isSame ? answer : { ...answer, inputs: toInputs(outputs) };
      });
    },

    async delete(_id, props) {
      const before = extensionOutputsSchema.parse(props);
      // A renamed resource: the new one has the extension.
      if (errands.has(keyOf(before))) return;
      await run(async (session) => {
        const { removeExtension } = await import("./remove-extension.js");
        await removeExtension(before, session, places);
      });
    },
  };
}

/**
 * What is delivered stays in the state although the server does not show it: the next run confirms it. Of such an error
 * the engine prints only `reasons` (pulumi-dynamic 16).
 */
function partlyDone(outs: ExtensionOutputs, news: Properties, problem: Error): Error {
  // Without its handler the engine could neither read nor delete it.
  const properties = { ...outs, __provider: news.__provider };
  return Object.assign(problem, { id: outs.extension, properties, reasons: [problem.message] });
}

/** The inputs as they were, with what differs now. */
function toInputs({ kind, extension, bundle, version, checksum, place, done, drift }: ExtensionOutputs): Properties {
  return { kind, extension, bundle, version, checksum, place, action: done, ...(drift && { drift }) };
}

/** What the engine compares: new inputs where something happens, else exactly the old ones, so that nothing is shown. */
function chooseInputs(news: ExtensionInputs, olds: ExtensionInputs | undefined): dynamic.CheckResult<Properties> {
  const verb = parseAction(news.action);
  const isSame = olds !== undefined && olds.extension === news.extension;
  if (verb === undefined || verb === "refuse" || (verb === "skip" && !isSame)) {
    return { failures: [{ property: "bundle", reason: news.action }] };
  }
  if (!isSame) return { inputs: { ...news } };
  if (!changesSomething(news)) return { inputs: { ...olds } };
  // The same decision twice in a row must differ from the one that was carried out, or the engine sees no change.
  const action = news.action === olds.action ? `${news.action} (again)` : news.action;
  return { inputs: { ...news, action } };
}

/** Whether the target, the server or the state changes. */
function changesSomething({ action }: ExtensionInputs): boolean {
  const verb = parseAction(action) ?? "keep";
  return isWrite(verb) || verb === "take";
}
