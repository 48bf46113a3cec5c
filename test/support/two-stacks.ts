import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inject } from "vitest";
import { stringify } from "yaml";
import { createProject, PASSWORD_VARIABLE, type PulumiProject, ROOT } from "./pulumi-project";
import type { TestServer } from "./servers";

/** A project in git with the stacks `qa` and `production`, each with a server of its own, and the sample's assets. */
export interface TwoStacks {
  readonly project: PulumiProject;
  /** Of the asset files, inside the repository. */
  readonly assets: string;
  /** Runs git in the project. */
  git(...args: string[]): string;
  /** Commits everything and pushes it. */
  commit(message: string): void;
  /** Replaces a text of an asset file that must be there. */
  edit(file: string, from: string | RegExp, to: string): void;
  /** Changes a setting of a stack for the next command. */
  configure(stack: "qa" | "production", settings: Readonly<Record<string, unknown>>): void;
  remove(): void;
}

type Address = Pick<TestServer, "url" | "username">;

/** @param program folder of another program than this repository's */
export async function createTwoStacks(
  servers: { qa: Address; production: Address },
  program?: string,
): Promise<TwoStacks> {
  const project = await createProject({
    ...{ server: servers.qa, assets: "assets", stack: "qa", settings: { role: "qa" } },
    ...(program !== undefined && { program }),
  });
  const assets = join(project.folder, "assets");
  cpSync(join(ROOT, "assets"), assets, { recursive: true });
  project.configure({ assets });
  const production: Record<string, unknown> = {
    url: servers.production.url,
    role: "production",
    assets,
    auth: { username: servers.production.username, passwordEnv: PASSWORD_VARIABLE },
    databases: { Shop: { sqlalchemyUri: `sqlite:///${inject("sampleData")}` } },
  };
  const file = join(project.folder, "Pulumi.production.yaml");
  const writeProduction = () => {
    const salt = existsSync(file) ? (/^encryptionsalt:.*$/m.exec(readFileSync(file, "utf8"))?.[0] ?? "") : "";
    const config = Object.fromEntries(Object.entries(production).map(([key, value]) => [`superset:${key}`, value]));
    writeFileSync(file, `${salt === "" ? "" : `${salt}\n`}${stringify({ config })}`);
  };
  const made = await project.pulumi(["stack", "init", "production", "--non-interactive"]);
  if (made.code !== 0) throw new Error(made.output);
  writeProduction();

  const remote = mkdtempSync(join(tmpdir(), "remote-"));
  const git = (...args: string[]) => execFileSync("git", ["-C", project.folder, ...args], { encoding: "utf8" });
  execFileSync("git", ["init", "--quiet", "--bare", remote]);
  writeFileSync(join(project.folder, ".gitignore"), "state\nhome\ntmp\n");
  git("init", "--quiet", "--initial-branch=main");
  git("config", "user.name", "Ann");
  git("config", "user.email", "ann@example.com");
  git("remote", "add", "origin", remote);
  const commit = (message: string) => {
    git("add", "--all");
    git("commit", "--quiet", "--message", message);
    git("push", "--quiet", "--set-upstream", "origin", "main");
  };
  commit("The sample");
  return {
    project,
    assets,
    git,
    commit,
    edit(path, from, to) {
      const before = readFileSync(join(assets, path), "utf8");
      const after = before.replace(from, to);
      if (after === before) throw new Error(`${path} has no ${String(from)}`);
      writeFileSync(join(assets, path), after);
    },
    configure(stack, settings) {
      if (stack === "qa") return project.configure(settings);
      Object.assign(production, settings);
      writeProduction();
    },
    remove() {
      project.remove();
      rmSync(remote, { recursive: true, force: true });
    },
  };
}
