import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import { assetKey } from "../assets/asset-key";
import { describeUnknown, ProblemError } from "../core/errors";
import { redact } from "../core/redact";
import { isWrite, parseAction } from "../plan/decide";
import { isAddress, makeAddressHooks } from "./address-hooks";
import {
  type Applied,
  type AssetInputs,
  type AssetOutputs,
  inputsSchema,
  outputsSchema,
  targetUuidOf,
} from "./asset-state";
import { EngineWatch } from "./engine-watch";
import { isEnvironment, makeEnvironmentHooks, type RunOnAws } from "./environment-hooks";
import { isExtension, makeExtensionHooks } from "./extension-hooks";
import { isOrphans, makeOrphanHooks } from "./orphan-hooks";
import { isRule, makeRuleHooks } from "./rule-hooks";
import type { HookConfig, Session } from "./session";

/** Of the engine that configured this process. */
let engine: EngineWatch | undefined;

let startSession: (() => Promise<Session>) | undefined;

/** The objects that the program declares in this run, by kind and UUID on the target. */
const declared = new Set<string>();

/** What this run writes again itself, as `kind:id`, of what uses an object that is replaced. */
const rewritten = new Set<string>();

/** When the objects that this run writes were changed last, as the plan saw them, by kind and UUID on the target. */
const bases = new Map<string, string>();

/** What this stack knew of objects that get another resource in this run, by kind and UUID on the target. */
const inherited = new Map<string, Applied>();

/** The session of this process; a refused setting is told by every hook that needs it. */
function session(): Promise<Session> {
  if (startSession === undefined) throw new Error("Pulumi called a hook before it configured the provider.");
  return startSession();
}

const inSession = <T>(work: (started: Session) => Promise<T>) => forPeople(async () => work(await session()));
const ruleHooks = makeRuleHooks(inSession);
const orphanHooks = makeOrphanHooks(inSession);
const extensionHooks = makeExtensionHooks(inSession);

/** Environments are on AWS: no setting of Superset is needed, or read. */
const onAws: RunOnAws = (settings, work) =>
  forPeople(async () => {
    if (engine === undefined) throw new Error("Pulumi called a hook before it configured the provider.");
    // Else a process whose engine was killed would stay for ever.
    engine.start(() => process.exit(1));
    const { surroundingsOf } = await import("./environment-surroundings.js");
    return work(surroundingsOf(settings, engine));
  });
const environmentHooks = makeEnvironmentHooks(onAws);
const addressHooks = makeAddressHooks(onAws);

/** The hooks of what is no asset; undefined for assets. */
function otherHooks(properties: Record<string, unknown>): typeof ruleHooks | undefined {
  if (isRule(properties)) return ruleHooks;
  if (isEnvironment(properties)) return environmentHooks;
  if (isAddress(properties)) return addressHooks;
  if (isExtension(properties)) return extensionHooks;
  return isOrphans(properties) ? orphanHooks : undefined;
}

/** What Pulumi's engine calls, for all kinds of resources. */
export const provider: dynamic.ResourceProvider<Record<string, unknown>, Record<string, unknown>> = {
  /** Must not wait: the engine calls other hooks before an asynchronous configure is through (pulumi-dynamic 9). */
  async configure({ config }) {
    // Now, as long as this process certainly still has the parent that started it.
    const watch = new EngineWatch();
    engine = watch;
    let started: Promise<Session> | undefined;
    startSession = () => {
      started ??= openSession(config, watch);
      return started;
    };
  },

  async check(olds, news) {
    const others = otherHooks(news);
    if (others !== undefined) return others.check(olds, news);
    const parsed = inputsSchema.safeParse(news);
    if (!parsed.success) {
      return {
        failures: parsed.error.issues.map((issue) => ({
          property: String(issue.path[0] ?? "path"),
          reason: issue.message,
        })),
      };
    }
    const { released = [], rewritten: own = [], inherited: known, basis, ...inputs } = parsed.data;
    for (const key of own) rewritten.add(key);
    if (basis !== undefined) bases.set(assetKey(inputs.kind, targetUuidOf(inputs)), basis);
    if (known !== undefined) inherited.set(assetKey(inputs.kind, targetUuidOf(inputs)), known);
    for (const uuid of [targetUuidOf(inputs), ...released]) declared.add(assetKey(inputs.kind, uuid));
    const before = inputsSchema.safeParse(olds);
    return decideInputs(inputs, before.success ? before.data : undefined, known !== undefined);
  },

  async diff(_id, olds, news) {
    const others = otherHooks(news);
    if (others !== undefined) return others.diff(_id, olds, news);
    const inputs = inputsSchema.parse(news);
    const before = String(olds.targetUuid ?? olds.uuid);
    // Another object: the new one is made, or taken over, first; then the old one goes.
    if (before !== targetUuidOf(inputs) && before !== inputs.takesUuidOf) return replaceBy("uuid");
    // The engine compares in a refresh too: what was done is no change, unless somebody changed the object since.
    if (inputs.action === olds.done) return { changes: !isDeepStrictEqual(inputs.drift, olds.drift) };
    const verb = parseAction(inputs.action) ?? "keep";
    if (verb === "replace") return replaceBy("yaml");
    return { changes: isWrite(verb) || verb === "take" || inputs.target !== olds.target };
  },

  async create(news) {
    const others = otherHooks(news);
    if (others !== undefined) return others.create(news);
    const outs = await forPeople(() => writeAsset(news));
    return { id: outs.uuid, outs };
  },

  async update(_id, olds, news) {
    const others = otherHooks(news);
    if (others !== undefined) return others.update(_id, olds, news);
    return { outs: await forPeople(() => writeAsset(news, outputsSchema.parse(olds))) };
  },

  async read(id, props) {
    const others = otherHooks(props ?? {});
    if (others !== undefined) return others.read(id, props);
    return forPeople(async () => {
      const { readAsset } = await import("./read-asset.js");
      return readAsset(id ?? "", outputsSchema.parse(props), await session());
    });
  },

  async delete(_id, props) {
    const others = otherHooks(props);
    if (others !== undefined) return others.delete(_id, props);
    await forPeople(async () => {
      const { deleteAsset } = await import("./delete-asset.js");
      return deleteAsset(outputsSchema.parse(props), await session());
    });
  },
};

/**
 * What the program decided becomes what the engine compares: a decision to write stands in the inputs, anything else
 * leaves the inputs exactly as they were, so that the engine shows and stores nothing.
 */
function decideInputs(
  news: AssetInputs,
  olds: AssetInputs | undefined,
  isKnown: boolean,
): dynamic.CheckResult<Record<string, unknown>> {
  const verb = parseAction(news.action);
  if (verb === undefined || verb === "refuse") return refuse(news);
  const isSame = olds !== undefined && targetUuidOf(olds) === targetUuidOf(news);
  const action = distinguish(news.action, olds?.action);
  if (isWrite(verb)) return { inputs: { ...news, action } };
  // Only the state changes: used or found on another server, or as it should be.
  if (isSame && (verb === "take" || (verb === "use" && olds.target !== news.target))) {
    return { inputs: { ...news, action } };
  }
  if (olds !== undefined && (verb === "skip" || isSame)) return { inputs: { ...olds } };
  // The object is used, or goes on under another resource, or somebody asked the engine to replace the resource.
  return verb === "skip" && !isKnown ? refuse(news) : { inputs: { ...news } };
}

/** The engine creates the new resource first, and deletes the old one when everything else is done. */
function replaceBy(property: string): dynamic.DiffResult {
  return { changes: true, replaces: [property], deleteBeforeReplace: false };
}

/** The engine prints the property before the reason, so it names what people know: the file. */
function refuse({ action }: AssetInputs): dynamic.CheckResult<Record<string, unknown>> {
  return { failures: [{ property: "path", reason: action ?? "nothing was decided" }] };
}

/** The same decision twice in a row must differ from the one that was carried out, or the engine sees no change. */
function distinguish(action: string | undefined, before: string | undefined): string | undefined {
  return action !== undefined && action === before ? `${action} (again)` : action;
}

/** What only a hook that acts needs is loaded by it: most runs change nothing, and end sooner. */
async function openSession(config: HookConfig, watch: EngineWatch): Promise<Session> {
  const { Session, rawSettings } = await import("./session.js");
  return new Session(rawSettings(config), { declared, rewritten, inherited, bases }, watch);
}

async function writeAsset(news: Record<string, unknown>, olds?: AssetOutputs): Promise<AssetOutputs> {
  const { applyAsset } = await import("./write-asset.js");
  return applyAsset(inputsSchema.parse(news), await session(), olds);
}

/** Errors reach people as one clear text; the engine would print a bug's stack, but only for some hooks. */
async function forPeople<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw withoutStack(error instanceof ProblemError ? error : describeBug(error));
  }
}

/** Pulumi prints the call stack of a failed delete, where people look for what to do. */
function withoutStack(error: ProblemError): ProblemError {
  error.stack = error.message;
  return error;
}

function describeBug(error: unknown): ProblemError {
  return new ProblemError({
    code: "bug",
    summary: `Unexpected: ${redact(describeUnknown(error))}`,
    remedy: "This is a fault of pulumi-superset: please report it with this text.",
    why: error instanceof Error ? (error.stack ?? "") : "",
  });
}
