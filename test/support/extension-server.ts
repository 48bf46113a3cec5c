import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** What {@link startExtensionServer} answers at the moment. */
export interface ShownExtensions {
  /** Status of the list. */
  status: number;
  result: { id: string; version: string; remoteEntry?: string }[];
  /** Content of every entry file; undefined: there is none. */
  entry: string | undefined;
}

/** As much of Superset as tells which extensions it has: what no real one can be brought to say at will. */
export async function startExtensionServer(): Promise<{ url: string; shown: ShownExtensions }> {
  const shown: ShownExtensions = { status: 200, result: [], entry: undefined };
  const server = createServer((request, response) => {
    const answer = (status: number, body: unknown) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(typeof body === "string" ? body : JSON.stringify(body));
    };
    if (request.url === "/api/v1/security/login") return answer(200, { access_token: "a-token-of-the-tests" });
    if (request.url !== "/api/v1/extensions/") {
      return shown.entry === undefined ? answer(404, { message: "Not found" }) : answer(200, shown.entry);
    }
    return answer(shown.status, shown.status === 200 ? { result: shown.result } : { message: "Not found" });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, shown };
}
