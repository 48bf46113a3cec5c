import http from "node:http";

/** Login and renewal of its token change nothing that people made. */
const SIGN_IN = /\/security\/(login|refresh)/;

/**
 * @typedef {object} CountedRequest
 * @property {string} method
 * @property {string} path with its query
 * @property {number} began milliseconds since the epoch
 * @property {number} took milliseconds until the answer was complete
 * @property {number} sent bytes of the request's body
 * @property {number} [status]
 */

/**
 * A proxy in front of a server that only counts.
 * @param {string} targetUrl
 * @returns {Promise<{url: string, take(): CountedRequest[], stop(): Promise<void>}>} `take` answers the requests since
 *   the last call
 */
export async function startCountingProxy(targetUrl) {
  const target = new URL(targetUrl);
  const agent = new http.Agent({ keepAlive: true });
  let requests = [];
  const server = http.createServer((request, response) => {
    const counted = {
      method: request.method,
      path: request.url,
      began: Date.now(),
      took: 0,
      sent: 0,
      status: undefined,
    };
    requests.push(counted);
    request.on("data", (chunk) => {
      counted.sent += chunk.length;
    });
    const { method, url: path } = request;
    const headers = { ...request.headers, host: target.host };
    const onward = http.request({ agent, host: target.hostname, port: target.port, method, path, headers });
    onward.on("response", (answer) => {
      counted.status = answer.statusCode;
      response.writeHead(answer.statusCode, answer.headers);
      answer.pipe(response);
    });
    // The client tells what it sees: a cut connection, as without the proxy.
    onward.on("error", () => request.socket.destroy());
    response.on("close", () => {
      counted.took = Date.now() - counted.began;
    });
    request.pipe(onward);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    take() {
      const taken = requests;
      requests = [];
      return taken;
    },
    stop: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

/** @param {CountedRequest} request */
export function isWrite({ method, path }) {
  return /^(POST|PUT|PATCH|DELETE)$/.test(method) && !SIGN_IN.test(path);
}

/** @param {CountedRequest} request */
export function isImport({ method, path }) {
  return method === "POST" && path.includes("/import/");
}
