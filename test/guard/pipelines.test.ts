import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { createProgram } from "../../provider/src/cli/main";
import { listWorkflows } from "../support/workflow-files";

type Command = ReturnType<typeof createProgram>;

const ROOT = join(import.meta.dirname, "../..");
const EXAMPLE = "examples/gitlab/.gitlab-ci.yml";

const gitlab = parse(readFileSync(join(ROOT, EXAMPLE), "utf8")) as Record<string, { script?: string[] }>;

describe("the example for GitLab", () => {
  const schema = JSON.parse(readFileSync(join(ROOT, "test/fixtures/gitlab-ci-schema.json"), "utf8")) as object;
  const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);

  it("is as GitLab's own schema says", () => {
    expect(validate(gitlab), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...gitlab, deploy: { ...gitlab.deploy, scripts: [] } })).toBe(false);
  });

  it("has the jobs that there are for GitHub, but for environments: they are driven by GitHub's labels", () => {
    const jobs = Object.keys(gitlab);
    const names = listWorkflows()
      .map(({ name }) => name.replace(".yml", ""))
      .filter((name) => !name.startsWith("circus"));
    expect(names.filter((name) => !jobs.includes(name))).toEqual([]);
  });
});

describe("pipelines", () => {
  const scripts = Object.values(gitlab).flatMap(({ script }) => script ?? []);
  const runs = listWorkflows().flatMap(({ content }) =>
    Object.values(content.jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? [])),
  );
  const commands = [...new Set([...scripts, ...runs])].flatMap((text) =>
    [...text.matchAll(/npx pulumi-superset ([^|;\n]+)/g)].map(([, command = ""]) => command.trim()),
  );

  it("are many", () => {
    expect(commands.length).toBeGreaterThan(12);
  });

  it.each(commands)("%s is a command with those options", (text) => {
    const words = text.replace(/"[^"]*"/g, "1234567").split(" ");
    let command: Command = createProgram();
    for (let next = find(command, words[0]); next !== undefined; next = find(command, words[0])) {
      command = next;
      words.shift();
    }
    expect(command.parent).not.toBeNull();
    const { unknown } = command.parseOptions(words);
    expect(unknown).toEqual([]);
  });
});

function find(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((each) => each.name() === name);
}
