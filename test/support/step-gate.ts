import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** A call that is held back at the gate. */
export interface HeldCall {
  /** When it was carried out, and whoever made it waits for the answer. */
  readonly reached: Promise<void>;
  /** Gives the answer, if there is anybody left to get it. */
  release(): void;
}

/** What stands before a stand-in and lets tests stop whoever calls it at any step. */
export interface StepGate {
  /** To be used in place of the stand-in's address. */
  readonly url: string;
  /** All calls, as {@link StepGate.hold} names them. */
  readonly steps: readonly string[];
  /**
   * Holds the next call of that name: `CreateService` of AWS, `POST labels` of GitHub. It is carried out unless it is
   * `refused`: then nobody ever hears of it.
   */
  hold(step: string, options?: { readonly refused?: boolean }): HeldCall;
  close(): Promise<void>;
}

interface Waiting {
  readonly step: string;
  readonly isRefused: boolean;
  readonly reach: () => void;
  readonly released: Promise<void>;
}

/** Opens a gate before the server at an address. */
export async function openGate(target: string): Promise<StepGate> {
  const waiting: Waiting[] = [];
  const steps: string[] = [];
  const server = http.createServer((request, response) => {
    // A caller that was killed gets no answer, which is what is tested.
    response.on("error", () => response.destroy());
    void pass(request, response).catch(() => response.destroy());
  });

  async function pass(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await buffer(request);
    const step = nameStep(request, body);
    steps.push(step);
    const at = waiting.findIndex((one) => one.step === step);
    const [held] = at === -1 ? [] : waiting.splice(at, 1);
    if (held?.isRefused) {
      held.reach();
      await held.released;
      response.destroy();
      return;
    }
    const answer = await forward(target, request, body);
    held?.reach();
    await held?.released;
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  }

  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    steps,
    hold(step, { refused = false } = {}) {
      const [reached, reach] = makeSignal();
      const [released, release] = makeSignal();
      waiting.push({ step, isRefused: refused, reach, released });
      return { reached, release };
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function makeSignal(): [Promise<void>, () => void] {
  let give: () => void = () => undefined;
  const signal = new Promise<void>((resolve) => {
    give = resolve;
  });
  return [signal, () => give()];
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

async function forward(target: string, { method, url, headers }: http.IncomingMessage, body: Buffer): Promise<Answer> {
  const sent = http.request(new URL(url ?? "/", target), { method, headers, agent: false });
  sent.end(body);
  const [response] = (await once(sent, "response")) as [http.IncomingMessage];
  return { status: response.statusCode ?? 502, headers: response.headers, body: await buffer(response) };
}

/** An operation of AWS as the SDK names it; of GitHub its method and the kind of what it is about. */
function nameStep({ method, url, headers }: http.IncomingMessage, body: Buffer): string {
  const target = headers["x-amz-target"];
  if (typeof target === "string") return target.split(".").pop() ?? target;
  if (headers["content-type"]?.startsWith("application/x-www-form-urlencoded")) {
    return new URLSearchParams(body.toString()).get("Action") ?? "?";
  }
  const { pathname } = new URL(url ?? "/", "http://gate");
  if (pathname === "/graphql") return body.includes("mutation") ? "mutation" : "query";
  const kinds = pathname.split("/").filter((part) => /^[a-z]+$/.test(part));
  return `${method} ${kinds.pop()}`;
}
