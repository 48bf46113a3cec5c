import type { dynamic } from "@pulumi/pulumi";
import { describeUnknown, ProblemError } from "../core/errors";
import { redact } from "../core/redact";
import { assetKey } from "../plan/asset-key";
import { isWrite, parseAction } from "../plan/decide";
import { type AssetInputs, type AssetOutputs, inputsSchema, outputsSchema } from "./asset-state";
import { EngineWatch } from "./engine-watch";
import { isRule, makeRuleHooks } from "./rule-hooks";
import type { HookConfig, Session } from "./session";

let startSession: (() => Promise<Session>) | undefined;

/** What the program declares in this run, by kind and UUID. */
const declared = new Set<string>();

/** The session of this process; a refused setting is told by every hook that needs it. */
function session(): Promise<Session> {
  if (startSession === undefined) throw new Error("Pulumi called a hook before it configured the provider.");
  return startSession();
}

const ruleHooks = makeRuleHooks((work) => forPeople(async () => work(await session())));

/** What Pulumi's engine calls, for all kinds of resources. */
export const provider: dynamic.ResourceProvider<Record<string, unknown>, Record<string, unknown>> = {
  /** Must not wait: the engine calls other hooks before an asynchronous configure is through (pulumi-dynamic 9). */
  async configure({ config }) {
    // Now, as long as this process certainly still has the parent that started it.
    const watch = new EngineWatch();
    let started: Promise<Session> | undefined;
    startSession = () => {
      started ??= openSession(config, watch);
      return started;
    };
  },

  async check(olds, news) {
    if (isRule(news)) return ruleHooks.check(olds, news);
    const parsed = inputsSchema.safeParse(news);
    if (!parsed.success) {
      return {
        failures: parsed.error.issues.map((issue) => ({
          property: String(issue.path[0] ?? "path"),
          reason: issue.message,
        })),
      };
    }
    const { released = [], ...inputs } = parsed.data;
    for (const uuid of [inputs.uuid, ...released]) declared.add(assetKey(inputs.kind, uuid));
    const before = inputsSchema.safeParse(olds);
    return decideInputs(inputs, before.success ? before.data : undefined);
  },

  async diff(_id, olds, news) {
    if (isRule(news)) return ruleHooks.diff(_id, olds, news);
    const inputs = inputsSchema.parse(news);
    // Another UUID is another object: the new one is made, or taken over, first; then the old one goes.
    if (olds.uuid !== inputs.uuid) return { changes: true, replaces: ["uuid"], deleteBeforeReplace: false };
    const changesState = isWrite(parseAction(inputs.action) ?? "keep") || inputs.target !== olds.target;
    // The engine compares in a refresh too: what was done is no change.
    return { changes: changesState && inputs.action !== olds.done };
  },

  async create(news) {
    if (isRule(news)) return ruleHooks.create(news);
    const outs = await forPeople(() => writeAsset(news));
    return { id: outs.uuid, outs };
  },

  async update(_id, olds, news) {
    if (isRule(news)) return ruleHooks.update(_id, olds, news);
    return { outs: await forPeople(() => writeAsset(news, outputsSchema.parse(olds))) };
  },

  async read(id, props) {
    if (isRule(props ?? {})) return ruleHooks.read(id, props);
    return forPeople(async () => readAsset(id ?? "", outputsSchema.parse(props)));
  },

  async delete(_id, props) {
    if (isRule(props)) return ruleHooks.delete(_id, props);
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
function decideInputs(news: AssetInputs, olds: AssetInputs | undefined): dynamic.CheckResult<Record<string, unknown>> {
  const verb = parseAction(news.action);
  if (verb === undefined || verb === "refuse") return refuse(news);
  const { inherited, ...own } = news;
  const isSame = olds?.uuid === news.uuid;
  const action = distinguish(news.action, olds?.action);
  if (isWrite(verb)) return { inputs: { ...(isSame ? own : news), action } };
  // Used on another server than before: only the state changes.
  if (verb === "use" && isSame && olds.target !== news.target) return { inputs: { ...own, action } };
  if (olds !== undefined && (verb === "skip" || isSame)) return { inputs: { ...olds } };
  // The object is used, or goes on under another resource, or somebody asked the engine to replace the resource.
  return verb === "skip" && inherited === undefined ? refuse(news) : { inputs: { ...news } };
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
  return new Session(rawSettings(config), declared, watch);
}

async function writeAsset(news: Record<string, unknown>, olds?: AssetOutputs): Promise<AssetOutputs> {
  const { applyAsset } = await import("./write-asset.js");
  return applyAsset(inputsSchema.parse(news), await session(), olds);
}

/** Gone from the target: gone from the state, so that the next `up` plans it anew. */
async function readAsset(id: string, outputs: AssetOutputs): Promise<dynamic.ReadResult<Record<string, unknown>>> {
  const { pageOf } = await import("./kinds.js");
  const opened = await session();
  // Another server's object: whether that one has it cannot be asked here.
  if (outputs.target !== opened.target) return { id, props: { ...outputs } };
  const inventory = await opened.inventory();
  const isDatabase = outputs.kind === "database";
  const remote = isDatabase ? inventory.databaseByName(outputs.title) : inventory.byUuid(outputs.kind, outputs.uuid);
  if (remote === undefined) return {};
  return { id, props: { ...outputs, supersetId: remote.id, url: pageOf(remote, opened.settings.url) } };
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
