import { setTimeout as wait } from "node:timers/promises";
import { median } from "./measure.mjs";
import { openPlace, timeCommand } from "./showtime-place.mjs";

const PULL_REQUEST = 7;
const PULL_REQUESTS = 40;
const MILLISECONDS_PER_CALL = 80;
/** Between two requests of somebody who uses an environment. */
const PAUSE_MILLISECONDS = 20;

/**
 * Ephemeral environments on the AWS and the GitHub of the tests: one pull request's, and the lists of many.
 * @param {Pick<import("./measure.mjs").Bench, "step" | "rounds">} bench
 */
export async function measureShowtime({ step, rounds }) {
  const deploys = await measureDeploys({ step, rounds });
  return { ...deploys, replaced: await measureReplacement({ step }), many: await measureMany({ step, rounds }) };
}

/** A first deploy beside an `up` of nothing in a folder of the same kind; then a sync with nothing to do, a new commit. */
async function measureDeploys({ step, rounds }) {
  const place = await openPlace();
  const runs = { empty: [], deploy: [], idle: [], next: [] };
  try {
    for (let round = 0; round < rounds; round += 1) {
      const number = PULL_REQUEST + round;
      const title = (what) => `showtime: ${what}, ${round + 1} of ${rounds}`;
      const [first, second] = [commitOf("a", number), commitOf("b", number)];
      runs.empty.push(await step(title("`up` of nothing"), () => runEmpty(place, number)));
      place.github.openPullRequest({ number, head: first });
      await place.pushImage(number, first);
      runs.deploy.push(await step(title("first deploy"), () => place.showtime("start", `${number}`)));
      runs.idle.push(await step(title("sync with nothing to do"), () => place.showtime("sync", `${number}`)));
      await pushCommit(place, number, second);
      runs.next.push(await step(title("new commit"), () => place.showtime("sync", `${number}`)));
    }
  } finally {
    await place.close();
  }
  return {
    empty: median(runs.empty),
    ...{ deploy: summarise(runs.deploy), idle: summarise(runs.idle), next: summarise(runs.next) },
  };
}

/** What the engine takes for nothing, in the folder that deploys have; its stack is there already. */
async function runEmpty({ settings, environment }, number) {
  const { makeWorkspace } = await import("../provider/dist/cli/showtime/workspace.js");
  const { folder, stack, remove, declare } = makeWorkspace(settings.project, 9000 + number);
  const options = { cwd: folder, env: environment };
  try {
    await timeCommand("pulumi", ["stack", "init", stack, "--non-interactive"], options);
    declare(undefined);
    const flags = ["--yes", "--skip-preview", "--non-interactive", "--stack", stack];
    return await timeCommand("pulumi", ["up", ...flags], options);
  } finally {
    remove();
  }
}

/** Somebody asks for a page all the time, behind the load balancer, while a new commit replaces the old one. */
async function measureReplacement({ step }) {
  const place = await openPlace({ address: "load-balancer" });
  const [first, second] = [commitOf("a", PULL_REQUEST), commitOf("b", PULL_REQUEST)];
  try {
    place.github.openPullRequest({ number: PULL_REQUEST, head: first });
    await place.pushImage(PULL_REQUEST, first);
    await step("showtime: deploy behind the load balancer", () => place.showtime("start", `${PULL_REQUEST}`));
    await pushCommit(place, PULL_REQUEST, second);
    const visitor = startVisitor(place, `http://pr-${PULL_REQUEST}.${place.settings.address.domain}/health`);
    await step("showtime: a new commit replaces the old one", () => place.showtime("sync", `${PULL_REQUEST}`));
    const { failed, answers } = await visitor.stop();
    const commits = new Set(answers.map((body) => /pr-\d+-(\w{7})/.exec(body)?.[1]));
    if (commits.size !== 2) throw new Error(`The visitor saw ${[...commits].join(" and ")}, not both commits.`);
    return { failed: failed.length, answered: answers.length };
  } finally {
    await place.close();
  }
}

function startVisitor({ aws }, address) {
  const [answers, failed] = [[], []];
  let isDone = false;
  const visits = (async () => {
    while (!isDone) {
      try {
        const { status, body } = await aws.visit(address);
        (status === 200 ? answers : failed).push(body);
      } catch (error) {
        failed.push(String(error));
      }
      await wait(PAUSE_MILLISECONDS);
    }
    return { answers, failed };
  })();
  return {
    stop() {
      isDone = true;
      return visits;
    },
  };
}

/** `list` and `cleanup --dry-run` of many pull requests, each call taking as long as over the Internet. */
async function measureMany({ step, rounds }) {
  const place = await openPlace();
  const { aws, github } = place;
  const runs = { list: [], cleanup: [] };
  try {
    await step(`showtime: ${PULL_REQUESTS} environments`, () => addEnvironments(place));
    await aws.delay(MILLISECONDS_PER_CALL);
    github.delay(MILLISECONDS_PER_CALL);
    for (let round = 1; round <= rounds; round += 1) {
      const title = (what) => `showtime: ${what} of ${PULL_REQUESTS}, ${round} of ${rounds}`;
      runs.list.push(await step(title("list"), () => place.showtime("list")));
      runs.cleanup.push(await step(title("cleanup --dry-run"), () => place.showtime("cleanup", "--dry-run")));
    }
  } finally {
    await place.close();
  }
  return {
    count: PULL_REQUESTS,
    milliseconds: MILLISECONDS_PER_CALL,
    ...{ list: summarise(runs.list), cleanup: summarise(runs.cleanup) },
  };
}

async function addEnvironments({ aws, github, settings, load }) {
  Object.assign(process.env, aws.environment);
  const { addService, registerDefinition } = await load("test/support/environment-services.ts");
  await registerDefinition(settings);
  for (let number = 1; number <= PULL_REQUESTS; number += 1) {
    const head = commitOf("a", number);
    github.openPullRequest({ number, head });
    for (const label of ["🚦 running", "🎯 {sha}", "⌛ 48h"].map((text) => `🎪 ${text}`))
      github.label(number, label.replace("{sha}", head.slice(0, 7)), "ann");
    await addService(settings, { pullRequest: number, commit: head, tasks: 1 });
  }
}

async function pushCommit({ github, pushImage }, number, head) {
  github.changePullRequest(number, { head });
  await pushImage(number, head);
}

function commitOf(start, number) {
  return `${start}${number.toString(16).padStart(6, "0")}`.padEnd(40, "0");
}

/** The median time, and the most calls. */
function summarise(runs) {
  const most = (name) => Math.max(...runs.map((run) => run[name]));
  return { seconds: median(runs.map(({ seconds }) => seconds)), github: most("github"), aws: most("aws") };
}
