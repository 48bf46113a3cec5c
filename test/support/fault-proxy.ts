import { EventEmitter, once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** What the rules look at. */
export interface ProxiedRequest {
  readonly method: string;
  /** With its query, as Superset gets it. */
  readonly path: string;
}

/** A request that came in; `status` is what the client got, undefined where the connection was cut. */
export interface RecordedRequest extends ProxiedRequest {
  status: number | undefined;
}

/** What happens to a request instead of being forwarded. */
export type Fault =
  /** The server does its work; the connection is cut before the answer. */
  | { readonly fault: "cut-after-response" }
  /** The connection is cut; the server never hears of the request. */
  | { readonly fault: "refuse" }
  /** An answer of our own; the server never hears of the request. */
  | {
      readonly fault: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** JSON without an end. */
  | { readonly fault: "huge-body"; readonly bytes: number }
  /** Waits; then what comes of it happens, and nothing of it lets the request pass. */
  | { readonly fault: "hold"; readonly until: Promise<ImmediateFault | undefined> };

/** A fault that needs no waiting. */
export type ImmediateFault = Exclude<Fault, { fault: "hold" }>;

/** Decides about a request; undefined lets it pass to the next rule, and at last to the server. */
export type Rule = (request: ProxiedRequest) => Fault | undefined;

/** Which requests: a part of `METHOD /path`, a pattern for it, or a function. */
export type Match = string | RegExp | ((request: ProxiedRequest) => boolean);

/** A real HTTP proxy in front of a real server that makes the faults a network makes. */
export interface FaultProxy {
  /** Use it instead of the server's address; it ends with the prefix, if there is one. */
  readonly url: string;
  /** All requests so far, in the order in which they came. */
  readonly requests: RecordedRequest[];
  /** How many requests were to change something: POST, PUT, PATCH and DELETE other than login and refresh. */
  writes(): number;
  /** How many requests match. */
  count(match: Match): number;
  /** Forgets the requests so far. */
  resetRequests(): void;
  /** Adds a rule, after those there are. */
  rule(rule: Rule): void;
  /** Cuts the next answers that match, after the server has done its work; all of them without `times`. */
  cutAfterResponse(match: Match, times?: number): void;
  /** Cuts the next requests that match before the server hears of them. */
  refuse(match: Match, times?: number): void;
  /** Answers the next requests that match in the server's place. */
  answerWith(
    match: Match,
    status: number,
    body: string,
    options?: { times?: number; headers?: Record<string, string> },
  ): void;
  /** Answers the next requests that match with that many bytes. */
  hugeBody(match: Match, bytes: number, times?: number): void;
  /** Holds all requests that match back until `release`, which lets them pass or gives them a fault. */
  hold(match: Match): { release(fault?: ImmediateFault): void };
  clearRules(): void;
  /** Stops listening (connection refused) until {@link comeBack}. */
  goDown(): Promise<void>;
  /** Listens again, on the same port. */
  comeBack(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Starts a proxy on a free port of 127.0.0.1.
 *
 * @param targetUrl the server, e.g. `http://127.0.0.1:8088`
 * @param options `prefix`: a path to serve the server below, e.g. `/superset`; other paths answer 404
 */
export async function startFaultProxy(targetUrl: string, options: { prefix?: string } = {}): Promise<FaultProxy> {
  const target = new URL(targetUrl);
  const prefix = options.prefix ?? "";
  const requests: RecordedRequest[] = [];
  let rules: Rule[] = [];
  const server = http.createServer((request, response) => {
    const url = request.url ?? "/";
    if (!url.startsWith(prefix)) {
      response.writeHead(404, { "content-type": "text/html" }).end("<title>nothing here</title>");
      return;
    }
    const record: RecordedRequest = {
      method: request.method ?? "GET",
      path: url.slice(prefix.length),
      status: undefined,
    };
    requests.push(record);
    const act = (fault: ImmediateFault | undefined) => {
      if (fault === undefined || fault.fault === "cut-after-response")
        forward(target, record, request, response, fault);
      else commit(fault, record, request, response);
    };
    const fault = decide(rules, record);
    if (fault?.fault === "hold") void fault.until.then(act);
    else act(fault);
  });
  const port = await listen(server, 0);
  const limited = (match: Match, fault: Fault, times = Number.POSITIVE_INFINITY) => {
    let left = times;
    rules.push((request) => (matches(match, request) && left-- > 0 ? fault : undefined));
  };
  const stop = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    requests,
    writes: () => requests.filter(isWrite).length,
    count: (match) => requests.filter((request) => matches(match, request)).length,
    resetRequests: () => void requests.splice(0),
    rule: (rule) => void rules.push(rule),
    cutAfterResponse: (match, times) => limited(match, { fault: "cut-after-response" }, times),
    refuse: (match, times) => limited(match, { fault: "refuse" }, times),
    answerWith: (match, status, body, { times, headers } = {}) =>
      limited(match, { fault: "answer", status, body, ...(headers && { headers }) }, times),
    hugeBody: (match, bytes, times) => limited(match, { fault: "huge-body", bytes }, times),
    hold: (match) => {
      const gate = new EventEmitter();
      const until = once(gate, "release").then(([fault]: (ImmediateFault | undefined)[]) => fault);
      rules.push((request) => (matches(match, request) ? { fault: "hold", until } : undefined));
      return { release: (fault) => void gate.emit("release", fault) };
    },
    clearRules: () => {
      rules = [];
    },
    goDown: stop,
    comeBack: async () => void (await listen(server, port)),
    close: stop,
  };
}

function listen(server: http.Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.off("error", reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function decide(rules: readonly Rule[], request: ProxiedRequest): Fault | undefined {
  for (const rule of rules) {
    const fault = rule(request);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function matches(match: Match, request: ProxiedRequest): boolean {
  if (typeof match === "function") return match(request);
  const line = `${request.method} ${request.path}`;
  return typeof match === "string" ? line.includes(match) : match.test(line);
}

function isWrite({ method, path }: ProxiedRequest): boolean {
  return /^(POST|PUT|PATCH|DELETE)$/.test(method) && !/\/security\/(login|refresh)/.test(path);
}

function forward(
  target: URL,
  record: RecordedRequest,
  request: http.IncomingMessage,
  response: http.ServerResponse,
  fault: Fault | undefined,
): void {
  // Who asked is gone. A request without its end would keep a thread of the server waiting for a minute.
  if (request.destroyed) return;
  const onward = http.request(
    {
      // The server closes idle connections when it likes: a write on one of those would fail for nothing.
      agent: false,
      host: target.hostname,
      port: target.port,
      method: request.method,
      path: `${target.pathname.replace(/\/$/, "")}${record.path}`,
      headers: { ...request.headers, host: target.host },
    },
    (answer) => {
      if (fault !== undefined) {
        // The whole answer is waited for: by then the server has committed.
        answer.resume().once("end", () => request.socket.destroy());
        return;
      }
      record.status = answer.statusCode;
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.once("error", (error) => {
    if (response.headersSent) return void request.socket.destroy();
    record.status = 502;
    response.writeHead(502, { "content-type": "text/plain" }).end(`the server behind the proxy: ${error.message}`);
  });
  request.once("close", () => {
    if (!request.complete) onward.destroy();
  });
  request.pipe(onward);
}

function commit(
  fault: Exclude<ImmediateFault, { fault: "cut-after-response" }>,
  record: RecordedRequest,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): void {
  if (fault.fault === "refuse") {
    request.socket.destroy();
    return;
  }
  // The body is read first, as servers do: an early answer would look like a cut connection to a client that sends.
  request.resume().once("end", () => {
    if (fault.fault === "answer") {
      const type = fault.body.trimStart().startsWith("<") ? "text/html" : "application/json";
      record.status = fault.status;
      response.writeHead(fault.status, { "content-type": type, ...fault.headers }).end(fault.body);
    } else {
      record.status = 200;
      sendHugeBody(response, fault.bytes);
    }
  });
}

function sendHugeBody(response: http.ServerResponse, bytes: number): void {
  const chunk = Buffer.alloc(64 * 1024, "x");
  let left = bytes;
  response.writeHead(200, { "content-type": "application/json" });
  response.write('{"result":"');
  const sendMore = () => {
    while (left > 0) {
      left -= chunk.length;
      if (!response.write(chunk)) return void response.once("drain", sendMore);
    }
    response.end('"}');
  };
  sendMore();
}
