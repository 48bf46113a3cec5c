import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { readAssets } from "../assets/read-folder";
import { compareText } from "../assets/values";
import { ProblemError } from "../core/errors";
import { mapDatabases } from "../plan/database-map";
import { describeAccount } from "../settings/auth";
import { isManaged } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { isDatasetLocked } from "../superset/management-flag";
import { readInventory } from "./locate-assets";
import type { AssetFile } from "./merge-base";
import { findProject, findStackFile, readStackFile } from "./project-files";
import { isDrifted } from "./pull-plan";
import { assertGone } from "./seen-part";
import { createVersionReader, type LocatedAsset, locateState, mapFiles, selectThisServer } from "./server-drift";
import { openServer, readStackSettings } from "./stack-settings";
import { readStackState, type StateAsset } from "./stack-state";

/** What is known of a stack and its server. */
export interface StackStatus {
  readonly stack: string;
  /** As the settings say it; undefined where they do not. */
  readonly role: string | undefined;
  readonly url: string | undefined;
  /** Undefined where that was not found out. */
  readonly server: ServerStatus | undefined;
  /** Undefined where the state could not be read, or not be compared with the server. */
  readonly assets: AssetStatus | undefined;
  /** Whether anything was ever deployed; undefined where that was not found out. */
  readonly isDeployed: boolean | undefined;
  /** Why the rest is not known. */
  readonly problems: readonly ProblemError[];
}

/** What a server says of itself. */
export interface ServerStatus {
  readonly isReachable: boolean;
  readonly version?: string;
  /** The account that the settings name. */
  readonly username: string;
  readonly isLoggedIn: boolean;
}

/** How the assets of a stack's state stand on its server. */
export interface AssetStatus {
  readonly total: number;
  /** Changed on the server since the last deployment: by path. */
  readonly drifted: readonly StateAsset[];
  /** Deleted on the server since the last deployment: by path. */
  readonly missing: readonly StateAsset[];
  /** Locked or unlocked in the UI since the last deployment, otherwise as it was: by path. */
  readonly relocked: readonly StateAsset[];
  /** Whether a deployment locks. */
  readonly isManaged: boolean;
  /** What a deployment does about what was changed. */
  readonly onDrift: Settings["onDrift"];
}

/** Everything that is not as it was deployed. */
export function listDeviating({ drifted, missing, relocked }: AssetStatus): readonly StateAsset[] {
  return [...drifted, ...missing, ...relocked];
}

/** Finds out how a stack stands. What cannot be found out is told in the answer: others can go on. */
export async function readStatus(stack: string, cwd: string): Promise<StackStatus> {
  const stated = readStated(stack, cwd);
  const settings = await attempt(() => readStackSettings(stack, cwd));
  if (settings instanceof ProblemError) {
    return { stack, ...stated, server: undefined, assets: undefined, isDeployed: undefined, problems: [settings] };
  }
  const [server, state] = await Promise.all([askServer(settings, stack), attempt(() => readState(stack, cwd))]);
  const known = { stack, role: settings.role, url: settings.url, server: server.status };
  if (state instanceof ProblemError) {
    return { ...known, assets: undefined, isDeployed: undefined, problems: [...server.problems, state] };
  }
  const { client } = server;
  const isDeployed = state.length > 0;
  if (client === undefined) return { ...known, assets: undefined, isDeployed, problems: server.problems };
  const assets = await attempt(() => compareAssets({ stack, cwd, settings, client, state }));
  if (!(assets instanceof ProblemError)) return { ...known, assets, isDeployed, problems: server.problems };
  return { ...known, assets: undefined, isDeployed, problems: [...server.problems, assets] };
}

/** What a settings file says even where the rest of it cannot be used. */
function readStated(stack: string, cwd: string): Pick<StackStatus, "role" | "url"> {
  const file = findStackFile(findProject(cwd), stack);
  const { role, url } = file === undefined ? {} : readStackFile(file).settings;
  return { role: typeof role === "string" ? role : undefined, url: typeof url === "string" ? url : undefined };
}

/** A stack that was never made was never deployed. */
async function readState(stack: string, cwd: string): Promise<StateAsset[]> {
  try {
    return await readStackState(stack, cwd);
  } catch (error) {
    if (error instanceof ProblemError && error.code === "stack/missing") return [];
    throw error;
  }
}

/** Who waits for an answer about all stacks does not want to wait for one that hangs. */
const LONGEST_WAIT = 20;

/** The version is told without a login; the password need not even be known. */
const NOBODY: Settings["auth"] = { provider: "db", username: "nobody", password: "-" };

interface AskedServer {
  readonly status: ServerStatus;
  /** Absent where nobody could log in. */
  readonly client?: SupersetClient;
  readonly problems: readonly ProblemError[];
}

async function askServer(settings: Settings, stack: string): Promise<AskedServer> {
  const username = describeAccount(settings.auth);
  const timeoutSeconds = Math.min(settings.timeoutSeconds, LONGEST_WAIT);
  const version = await attempt(() => openServer({ ...settings, auth: NOBODY, timeoutSeconds }, stack).version());
  if (version instanceof ProblemError) {
    const isReachable = version.code === "superset/too-old";
    return { status: { isReachable, username, isLoggedIn: false }, problems: [version] };
  }
  const client = await attempt(async () => {
    const opened = openServer(settings, stack);
    await opened.signIn();
    return opened;
  });
  if (client instanceof ProblemError) {
    return { status: { isReachable: true, version, username, isLoggedIn: false }, problems: [client] };
  }
  return { status: { isReachable: true, version, username, isLoggedIn: true }, client, problems: [] };
}

interface ComparedStack {
  readonly stack: string;
  readonly cwd: string;
  readonly settings: Settings;
  readonly client: SupersetClient;
  readonly state: readonly StateAsset[];
}

/** A later `changed_on` is only a suspicion: contents are compared. */
async function compareAssets({ stack, cwd, settings, client, state: all }: ComparedStack): Promise<AssetStatus> {
  const state = selectThisServer(all, settings, stack);
  const rules = { isManaged: isManaged(settings), onDrift: settings.onDrift };
  if (state.length === 0) return { total: 0, drifted: [], missing: [], relocked: [], ...rules };
  const [files, inventory] = await Promise.all([readFiles(settings, cwd), readInventory(client, state)]);
  const { moved, gone } = locateState(state, inventory);
  await assertGone(client, gone);
  const reader = createVersionReader({ client, inventory, settings, state, files });
  // Databases are never written, and each server has its own address in them.
  const comparable = moved.filter(({ asset }) => asset.kind !== "database");
  const versions = await reader.readMoved(comparable);
  const changed = versions.filter(({ asset, file, server }) => isDrifted(asset, file, server));
  const drifted = changed.map(({ asset }) => asset);
  const others = comparable.filter(({ asset }) => !drifted.includes(asset));
  const relocked = await findRelocked(client, others, rules.isManaged);
  return {
    total: state.length,
    drifted: sortAssets(drifted),
    missing: sortAssets(gone),
    relocked: sortAssets(relocked),
    ...rules,
  };
}

/** A lock moves `changed_on` too, so the others are as they were deployed. */
async function findRelocked(
  client: SupersetClient,
  moved: readonly LocatedAsset[],
  isManaged: boolean,
): Promise<StateAsset[]> {
  const locks = await Promise.all(
    moved.map(({ asset: { kind }, remote }) =>
      kind === "dataset" ? isDatasetLocked(client, remote.id) : Promise.resolve(remote.managed),
    ),
  );
  return moved.flatMap(({ asset }, index) => {
    const isLocked = locks[index];
    return isLocked === undefined || isLocked === isManaged ? [] : [asset];
  });
}

/** The files that there are, whatever is wrong with others: they only tell what was pulled already. */
async function readFiles(settings: Settings, cwd: string): Promise<ReadonlyMap<string, AssetFile>> {
  const folder = resolve(findProject(cwd).programFolder, settings.assets);
  if (!existsSync(folder)) return new Map();
  const { definitions } = await readAssets(folder, {
    ...(settings.include !== undefined && { include: settings.include }),
    exclude: settings.exclude,
    mappedDatabaseUuids: [...mapDatabases([], settings.databases).keys()],
  });
  return mapFiles(definitions, (path) => resolve(folder, path));
}

function sortAssets(assets: readonly StateAsset[]): StateAsset[] {
  return assets.toSorted((left, right) => compareText(left.path, right.path));
}

/** What people can do something about belongs into the answer; all else is a bug. */
async function attempt<T>(work: () => Promise<T>): Promise<T | ProblemError> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
}
