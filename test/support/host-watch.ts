import http from "node:http";
import type { AwsStandIn } from "./aws";

/** What came back from one request. */
export interface HostAnswer {
  /** 0 where the connection broke. */
  readonly status: number;
  /** Name of the service that answered. */
  readonly service: string | undefined;
}

/** Asks for a stable name again and again, without pause. */
export interface HostWatch {
  /** Ends it; answers all answers in their order. */
  end(): Promise<readonly HostAnswer[]>;
}

/** Begins to ask a host of the load balancer; the first answer is there when this one is. */
export async function watchHost({ balancerUrl }: Pick<AwsStandIn, "balancerUrl">, host: string): Promise<HostWatch> {
  const answers = [await askHost(balancerUrl, host)];
  let isOver = false;
  const loop = (async () => {
    while (!isOver) answers.push(await askHost(balancerUrl, host));
  })();
  return {
    async end() {
      isOver = true;
      await loop;
      return answers;
    },
  };
}

/** Asks a host of the load balancer once, over a connection of its own. */
export function askHost(balancerUrl: string, host: string): Promise<HostAnswer> {
  return new Promise((resolve) => {
    const broken = () => resolve({ status: 0, service: undefined });
    const request = http.get(balancerUrl, { agent: false, headers: { host } }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk.toString();
      });
      response.on("error", broken);
      response.on("end", () => {
        const { statusCode: status = 0 } = response;
        resolve({ status, service: status === 200 ? (JSON.parse(text) as { service: string }).service : undefined });
      });
    });
    request.on("error", broken);
  });
}
