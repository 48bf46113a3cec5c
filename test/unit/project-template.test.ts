import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { parse } from "yaml";
import { nameProject, writeProject } from "../../provider/src/cli/empty-folder";
import { installPackages } from "../../provider/src/cli/init";
import { guessStackName } from "../../provider/src/cli/new-stack";
import { readOwnVersion } from "../../provider/src/cli/own-version";
import { renderTemplates } from "../../provider/src/cli/project-template";

const QA = { name: "qa", secretVariable: "QA_PASSWORD", usernameVariable: "QA_USERNAME" };
const PRODUCTION = {
  name: "production",
  secretVariable: "SUPERSET_PRODUCTION_PASSWORD",
  usernameVariable: "SUPERSET_PRODUCTION_USERNAME",
};

const VALUES = {
  project: "dashboards",
  stack: PRODUCTION,
  qa: QA,
  production: PRODUCTION,
  stacks: ["production"],
  url: "https://bi.example.com",
  package: "^0.1.0",
};

it("a new project is filled in, and every workflow of the package is in its place", () => {
  const files = new Map(renderTemplates(VALUES).map(({ path, text }) => [path, text]));
  expect([...files.keys()].sort()).toEqual([
    ".github/workflows/backup.yml",
    ".github/workflows/circus-cleanup.yml",
    ".github/workflows/circus.yml",
    ".github/workflows/deploy.yml",
    ".github/workflows/drift.yml",
    ".github/workflows/preview.yml",
    ".github/workflows/promote.yml",
    ".github/workflows/sync.yml",
    ".github/workflows/validate.yml",
    ".gitignore",
    "Pulumi.yaml",
    "README.md",
    "index.js",
    "package.json",
  ]);
  expect(parse(files.get("Pulumi.yaml") ?? "")).toMatchObject({ name: "dashboards", runtime: { name: "nodejs" } });
  expect(JSON.parse(files.get("package.json") ?? "")).toMatchObject({
    name: "dashboards",
    dependencies: { "pulumi-superset": "^0.1.0" },
  });
  const deploy = parse(files.get(".github/workflows/deploy.yml") ?? "") as {
    jobs: { deploy: { environment: string; steps: { run?: string; env?: object }[] } };
  };
  expect(deploy.jobs.deploy.environment).toBe("production");
  expect(deploy.jobs.deploy.steps.at(-1)).toMatchObject({
    run: "npx pulumi-superset deploy --stack production",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
    env: { SUPERSET_PRODUCTION_PASSWORD: "${{ secrets.SUPERSET_PRODUCTION_PASSWORD }}" },
  });
  const drift = parse(files.get(".github/workflows/drift.yml") ?? "") as {
    jobs: { drift: { strategy: { matrix: unknown } } };
  };
  expect(drift.jobs.drift.strategy.matrix).toEqual({ stack: ["production"] });
  expect(files.get("README.md")).toMatch(/^# dashboards\n/);
  expect(files.get("README.md")).toContain("the server https://bi.example.com,");
  expect([...files.values()].filter((text) => /THE_[A-Z]/.test(text))).toEqual([]);
  expect(readOwnVersion()).toMatch(/^\d+\.\d+\.\d+/);
});

it.each([
  ["/tmp/dashboards", "dashboards"],
  ["/tmp/My Dashboards (2)", "My-Dashboards-2-"],
  ["/tmp/.hidden", "hidden"],
  ["/tmp/日本", "dashboards"],
])("the project in %s is called %s", (folder, name) => {
  expect(nameProject(folder)).toBe(name);
});

it.each([
  ["http://127.0.0.1:8088", "local"],
  ["https://superset-qa.example.com", "qa"],
  ["https://bi.example.com", "production"],
])("the first stack of %s is called %s", (url, name) => {
  expect(guessStackName(url)).toBe(name);
});

describe("the folder of a new project", () => {
  const parent = mkdtempSync(join(tmpdir(), "init-"));
  const listFiles = (folder: string) => [
    { location: join(folder, "README.md"), after: "# dashboards\n" },
    { location: join(folder, "assets/charts/a.yaml"), after: "a: 1\n" },
  ];

  it("is as it was when all is undone", async () => {
    const folder = join(parent, "new/deep");
    const step = writeProject(folder, listFiles(folder));
    await step.run();
    expect(readdirSync(folder).sort()).toEqual(["README.md", "assets"]);
    await step.undo();
    expect(existsSync(join(parent, "new"))).toBe(false);
  });

  it.each([
    ["Pulumi.yaml", "init/not-empty"],
    ["README.md", "assets/file-changed"],
  ])("keeps a %s that somebody put there while questions were open", async (name, code) => {
    const folder = join(parent, name);
    mkdirSync(folder);
    const step = writeProject(folder, listFiles(folder));
    writeFileSync(join(folder, name), "somebody's\n");
    await expect(step.run()).rejects.toMatchObject({ code });
    await step.undo();
    expect(readdirSync(folder)).toEqual([name]);
    expect(readFileSync(join(folder, name), "utf8")).toBe("somebody's\n");
  });
});

it("where there is no npm, that is the reason", async () => {
  vi.stubEnv("PATH", "");
  await expect(installPackages(tmpdir())).rejects.toMatchObject({
    code: "init/npm-failed",
    why: expect.stringContaining("ENOENT"),
  });
  vi.unstubAllEnvs();
});
