import { resolve } from "node:path";
import { ProblemError } from "../core/errors";
import { suggestNearest } from "../core/nearest";
import { readSettings } from "../settings/read-settings";
import type { Settings } from "../settings/schema";
import type { SupersetClient } from "../superset/client";
import { normaliseUrl } from "../superset/connection";
import { toAuthSettings } from "./new-login";
import {
  findProject,
  findStackFile,
  findStatedAssets,
  listStackNames,
  type ProjectFiles,
  readStackFile,
} from "./project-files";
import { openServer, readStackSettings, type ServerOptions } from "./stack-settings";
import { listSupInstances, readSupInstance, type SupInstance } from "./sup-config";
import { findProvider, toLogin } from "./sup-login";

/** A server that people name: a stack of the project, or an instance of `~/.sup/config.yml`. */
export interface Instance {
  readonly name: string;
  /** Absent for an instance of `sup`: nothing can be deployed to it. */
  readonly stack?: string;
  readonly settings: Settings;
  /** It never writes unless that was asked for. */
  readonly client: SupersetClient;
  /** The folder of the asset files that its settings name, on the disk. */
  readonly folder: string;
}

/**
 * Finds a server by its name.
 *
 * @param name stack or instance
 * @throws ProblemError `instance/unknown`, `sup/invalid`, `settings/invalid`
 */
export async function openInstance(name: string, cwd: string, options: ServerOptions = {}): Promise<Instance> {
  const project = findProject(cwd);
  const isStack = findStackFile(project, name) !== undefined;
  const settings = isStack ? await readStackSettings(name, cwd) : await readSupSettings(name, project, cwd);
  const folder = resolve(project.programFolder, settings.assets);
  const client = openServer(settings, name, options);
  return { name, settings, client, folder, ...(isStack && { stack: name }) };
}

/** A server that a stack of the project deploys to. */
export interface StackInstance extends Instance {
  readonly stack: string;
}

/**
 * Finds a server that can be deployed to; an instance of `sup` stands for the stack of the same address.
 *
 * @throws ProblemError `instance/no-stack`, and as {@link openInstance}
 */
export async function openTarget(name: string, cwd: string, options: ServerOptions = {}): Promise<StackInstance> {
  const { stack: own, ...instance } = await openInstance(name, cwd, options);
  if (own !== undefined) return { ...instance, stack: own };
  const stack = findStackOfAddress(instance.settings.url, findProject(cwd));
  if (stack !== undefined) return { ...(await openInstance(stack, cwd, options)), stack };
  throw new ProblemError({
    code: "instance/no-stack",
    summary: `No stack of this project deploys to ${instance.settings.url}.`,
    remedy: `Make one: pulumi-superset stack add ${name} --url ${instance.settings.url}`,
    exitCode: 2,
  });
}

function findStackOfAddress(address: string, project: ProjectFiles): string | undefined {
  return listStackNames(project).find((candidate) => {
    const file = findStackFile(project, candidate);
    const url = file === undefined ? undefined : readStackFile(file).settings.url;
    return typeof url === "string" && URL.canParse(url) && normaliseUrl(url) === normaliseUrl(address);
  });
}

/** What the stack of that address says of files and databases holds for the instance too; only its login is its own. */
async function readSupSettings(name: string, project: ProjectFiles, cwd: string): Promise<Settings> {
  const instance = readSupInstance(name);
  if (instance === undefined) throw unknownInstance(name, project);
  const own = toSettings(instance, name, findStatedAssets(project));
  const stack = findStackOfAddress(instance.url, project);
  return stack === undefined ? own : { ...(await readStackSettings(stack, cwd)), url: own.url, auth: own.auth };
}

/**
 * The one stack that has a role.
 *
 * @param remedy what to do where that is none, or several
 * @throws ProblemError `instance/role`
 */
export function findStackOfRole(role: "qa" | "production", cwd: string, remedy: string): string {
  const stacks = listStacksOfRole(findProject(cwd), role);
  const [only] = stacks;
  if (only !== undefined && stacks.length === 1) return only;
  throw new ProblemError({
    code: "instance/role",
    summary:
      stacks.length === 0
        ? `No stack has the role ${role}.`
        : `Several stacks have the role ${role}: ${stacks.join(", ")}.`,
    remedy,
    exitCode: 2,
  });
}

/** @throws ProblemError `sync/same-server`: nothing can be brought from a server to itself */
export function assertTwoServers(from: Instance, to: Instance): void {
  if (normaliseUrl(from.settings.url) !== normaliseUrl(to.settings.url)) return;
  throw new ProblemError({
    code: "sync/same-server",
    summary: `${from.name} and ${to.name} are one server.`,
    remedy: "Name two different ones.",
    exitCode: 2,
  });
}

/** @throws ProblemError `stack/unknown` */
export function assertStackExists(name: string, cwd: string): void {
  const known = listStackNames(findProject(cwd));
  if (known.includes(name)) return;
  throw new ProblemError({
    code: "stack/unknown",
    summary: `There is no Pulumi.${name}.yaml${suggestNearest(name, known)}`,
    why: `the stacks of this project are ${known.join(", ") || "none"}`,
    remedy: `Make it: pulumi-superset stack add ${name} --url https://…`,
    exitCode: 2,
  });
}

/** The stacks whose settings files give them a role. */
export function listStacksOfRole(project: ProjectFiles, role: Settings["role"]): string[] {
  return listStackNames(project).filter((name) => {
    const file = findStackFile(project, name);
    return file !== undefined && readStackFile(file).settings.role === role;
  });
}

function toSettings(instance: SupInstance, name: string, assets: string | undefined): Settings {
  const provider = findProvider(instance);
  if (provider === undefined) throw loginMissing(name);
  const auth = JSON.stringify(toAuthSettings(toLogin(instance, provider)));
  return readSettings({ url: instance.url, role: "development", auth, ...(assets && { assets }) }, name);
}

function loginMissing(name: string): ProblemError {
  return new ProblemError({
    code: "sup/no-login",
    summary: `The instance "${name}" of ~/.sup/config.yml names neither user and password, nor a token, nor oauth_client_id and the addresses of an identity provider.`,
    remedy: "Add them there, or make a stack with `pulumi-superset stack add`.",
    exitCode: 2,
  });
}

function unknownInstance(name: string, project: ProjectFiles): ProblemError {
  const stacks = listStackNames(project);
  const instances = listSupInstances();
  const known = [
    `Stacks of this project: ${stacks.join(", ") || "none"}.`,
    ...(instances.length > 0 ? [`Instances of ~/.sup/config.yml: ${instances.join(", ")}.`] : []),
  ];
  return new ProblemError({
    code: "instance/unknown",
    summary: `There is no stack or instance "${name}"${suggestNearest(name, [...stacks, ...instances])}. ${known.join(" ")}`,
    remedy: `Make one: pulumi-superset stack add ${name} --url https://…`,
    exitCode: 2,
  });
}
