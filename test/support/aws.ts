import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { type ShowtimeSettings, showtimeSettingsSchema } from "../../provider/src/showtime/settings";
import { ensureMoto } from "../../scripts/lib/moto.mjs";
import { KEEP_BYTECODE } from "../../scripts/lib/superset-config.mjs";

/**
 * What a container of an image does: it answers, ends with 1, answers 503 for ever, is not in the registry, or answers
 * only after a while.
 */
export type ImageKind = "healthy" | "crashes" | "never-ready" | "missing" | "slow";

/** An error of AWS's own, in the words of each service; `time-out` closes the connection without an answer. */
export type AwsError = "throttling" | "500" | "time-out" | "denied";

/** One call as the SDK names it: `{ service: "ecs", operation: "CreateService" }`. */
export interface AwsCall {
  /** Name in the signature: ecs, ecr, ec2, logs, secretsmanager, elasticloadbalancing, route53, sts, s3. */
  readonly service: string;
  readonly operation: string;
}

/** What is left of all environments, by kind: names or ARNs. What the foundation or other people made is not in it. */
export interface Remains {
  readonly services: readonly string[];
  readonly tasks: readonly string[];
  /** Those that are ACTIVE. */
  readonly taskDefinitions: readonly string[];
  readonly images: readonly string[];
  readonly secrets: readonly string[];
  readonly logStreams: readonly string[];
  readonly targetGroups: readonly string[];
  readonly rules: readonly string[];
  readonly records: readonly string[];
}

/** What a web server said. */
export interface Visit {
  readonly status: number;
  readonly body: string;
}

/** How long things take, in seconds. */
export interface AwsTimes {
  /** From a task's beginning until it runs; 0.3. */
  readonly boot?: number;
  /** From the order to stop a task until it is stopped; 0.3. */
  readonly drain?: number;
  /** How long a container lives that crashes; 0.1. */
  readonly crash?: number;
  /** How long tasks without a health check must run until a deployment is complete; 0.25. */
  readonly steady?: number;
}

/** The settings that tests choose; `address` may be the mere kind, and is made. */
export type SettingsOverrides = Omit<Partial<ShowtimeSettings>, "address"> & {
  readonly address?: "load-balancer" | "record";
};

/** AWS as far as environments need it, over HTTP. */
export interface AwsStandIn {
  readonly url: string;
  /** For the SDK, the CLI and the engine. */
  readonly environment: Readonly<Record<string, string>>;
  /** A local load balancer: it carries requests by their Host over the rules of all listeners, and the records. */
  readonly balancerUrl: string;
  /** All calls since the beginning, or since `forgetCalls`. */
  readonly calls: readonly AwsCall[];
  forgetCalls(): void;
  /** Makes what `stacks/foundation` makes; answers the settings. */
  settings(overrides?: SettingsOverrides): Promise<ShowtimeSettings>;
  /** Puts an image into the registry; a whole reference (with `/`) means an image of another registry. */
  pushImage(
    tag: string,
    kind?: ImageKind,
    options?: { readonly milliseconds?: number; readonly repository?: string },
  ): Promise<{ readonly digest?: string }>;
  /** The next so many calls fail; operation `*` means all of the service. */
  fail(service: string, operation: string, error: AwsError, times: number): Promise<void>;
  /** Each call takes so much longer. */
  delay(milliseconds: number): Promise<void>;
  /** Things take so long from now on, until `reset`. */
  setTimes(times: AwsTimes): Promise<void>;
  /** Another task takes the place of a service's, with another address. */
  restartTask(service: string): Promise<void>;
  /** Somebody changes the number of tasks in the console. */
  scale(service: string, count: number): Promise<void>;
  /** Somebody deletes a service in the console. */
  deleteService(name: string): Promise<void>;
  /**
   * Services of other people in the cluster that was made last, some of them named like ours, and some of everything
   * else that they may have; answers the names of the services.
   */
  addForeignServices(count: number): Promise<readonly string[]>;
  /** What is left of environments. */
  remains(): Promise<Remains>;
  /** What other people have: nothing may ever be missing of it. */
  foreign(): Promise<Remains>;
  /** Makes everything so much older, also the dates in tags. */
  age(hours: number): Promise<void>;
  /** A bucket for the state of Pulumi: its address for `pulumi login`. */
  makeBucket(name: string): Promise<string>;
  /** Asks what a person's browser would: names lead to the load balancer or to what their record says. */
  visit(address: string): Promise<Visit>;
  /** Empties everything, the list of calls too. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const REGION = "us-west-2";

/** How long slow images take until they answer, unless somebody says otherwise. */
const SLOW_MS = 1000;

/** Starts an AWS of its own for a test file; several at the same time do not meet. */
export async function startAws(options: { readonly times?: AwsTimes } = {}): Promise<AwsStandIn> {
  const { python } = await ensureMoto();
  const folder = mkdtempSync(join(tmpdir(), "aws-stand-in-"));
  const callsFile = join(folder, "calls.jsonl");
  writeFileSync(callsFile, "");
  const program = startProgram(python, callsFile, options.times ?? {});
  const { url, balancerUrl } = await program.addresses;
  let forgotten = 0;
  const readCalls = () => readFileSync(callsFile, "utf8").split("\n").slice(0, -1);
  const forgetCalls = () => {
    forgotten = readCalls().length;
  };
  const order = <T>(name: string, body: object = {}) => sendOrder<T>(url, name, body);
  return {
    url,
    balancerUrl,
    environment: environmentOf(url),
    get calls() {
      return readCalls()
        .slice(forgotten)
        .map((line) => JSON.parse(line) as AwsCall);
    },
    forgetCalls,
    settings: ({ address, ...overrides } = {}) => {
      const { project = "circus", region = REGION } = overrides;
      return order<object>("foundation", { project, region, address, domain: "showtime.test" }).then((made) =>
        showtimeSettingsSchema.parse({ ...made, ...overrides }),
      );
    },
    pushImage: (tag, kind = "healthy", more = {}) => {
      const milliseconds = kind === "slow" ? SLOW_MS : 0;
      return order("push-image", { tag, kind, region: REGION, milliseconds, ...more });
    },
    fail: (service, operation, error, times) => order("fail", { service, operation, error, times }),
    delay: (milliseconds) => order("delay", { milliseconds }),
    setTimes: (times) => order("times", { times }),
    restartTask: (service) => order("restart-task", { service }),
    scale: (service, count) => order("scale", { service, count }),
    deleteService: (service) => order("delete-service", { service }),
    addForeignServices: (count) => order("add-foreign-services", { count }),
    remains: () => order("remains", { foreign: false }),
    foreign: () => order("remains", { foreign: true }),
    age: (hours) => order("age", { hours }),
    makeBucket: async (name) => {
      await order("make-bucket", { name, region: REGION });
      return `s3://${name}?region=${REGION}&endpoint=${url}&use_path_style=true`;
    },
    visit: (address) => visit(balancerUrl, address),
    reset: async () => {
      await order("reset");
      forgetCalls();
    },
    close: async () => {
      await program.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function environmentOf(url: string): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: url,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_ACCESS_KEY_ID: "stand-in",
    AWS_SECRET_ACCESS_KEY: "stand-in",
    // Nothing of the machine may mix in.
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

interface Addresses {
  readonly url: string;
  readonly balancerUrl: string;
}

function startProgram(python: string, callsFile: string, times: AwsTimes) {
  const args = ["-m", "aws_stand_in", "--calls", callsFile, "--times", JSON.stringify(times)];
  const child = spawn(python, args, {
    env: { ...process.env, ...KEEP_BYTECODE, PYTHONPATH: import.meta.dirname },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let complaints = "";
  child.stderr.on("data", (text) => {
    complaints = (complaints + String(text)).slice(-5000);
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const addresses = new Promise<Addresses>((resolve, reject) => {
    createInterface(child.stdout).once("line", (line) => resolve(JSON.parse(line) as Addresses));
    child.once("error", reject);
    void ended.then(() => reject(new Error(`The AWS of the tests did not start:\n${complaints}`)));
  });
  return {
    addresses,
    end: async () => {
      child.stdin.end(); // it ends when nobody holds its input any more
      await ended;
    },
  };
}

/** As if DNS led each name to the load balancer; numbers are asked themselves. */
function visit(balancerUrl: string, address: string): Promise<Visit> {
  const { host, hostname, pathname, search } = new URL(address);
  const isNumber = /^[\d.]+$/.test(hostname);
  const { hostname: at, port } = new URL(isNumber ? address : balancerUrl);
  return new Promise((resolve, reject) => {
    const request = http.get({ host: at, port, path: pathname + search, headers: { host }, agent: false });
    request.once("error", reject);
    request.once("response", (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
  });
}

async function sendOrder<T>(url: string, name: string, body: object): Promise<T> {
  const response = await fetch(`${url}/stand-in/${name}`, { method: "POST", body: JSON.stringify(body) });
  const answer: unknown = await response.json();
  if (!response.ok) throw new Error(`The AWS of the tests refuses "${name}": ${JSON.stringify(answer)}`);
  return answer as T;
}
