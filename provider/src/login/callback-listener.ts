import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { ProblemError } from "../core/errors";
import { writePage } from "./callback-page";

/** The answer of the identity provider, as the browser brought it. */
export interface Callback {
  readonly url: URL;
  /** Tells the person in the browser how it ended. */
  answer(text: string): Promise<void>;
}

/** Waits on this machine for the browser to come back from a login. */
export interface CallbackListener {
  /** Where the identity provider sends the browser to. */
  readonly redirectUri: URL;
  /** Where the browser begins: it is sent on to the identity provider, so that no address of a login is ever printed. */
  readonly startUrl: URL;
  /**
   * Sends the browser on from {@link startUrl}, and waits.
   *
   * @param state what the answer must carry; any other is turned away, and waiting goes on
   */
  wait(login: { readonly address: URL; readonly state: string; readonly deadlineSeconds: number }): Promise<Callback>;
  close(): Promise<void>;
}

/**
 * Starts to listen where a redirect URI leads. A browser may try IPv4 or IPv6 for `localhost`, so both are taken.
 *
 * @param redirectUri without a port a free one is chosen
 * @throws ProblemError `auth/port-in-use`
 */
export async function listenForCallback(redirectUri: string): Promise<CallbackListener> {
  const wanted = new URL(redirectUri);
  let handle: (request: IncomingMessage, response: ServerResponse) => void = refuse;
  let timer: NodeJS.Timeout | undefined;
  const servers = await listen(wanted, (request, response) => handle(request, response));
  const callback = new URL(wanted);
  callback.port = String(portOf(servers));
  const startUrl = new URL(callback.pathname === "/login" ? "/start" : "/login", callback);

  return {
    redirectUri: callback,
    startUrl,
    wait({ address, state, deadlineSeconds }) {
      return new Promise((resolve, reject) => {
        timer = setTimeout(() => reject(tooLate(deadlineSeconds)), deadlineSeconds * 1000);
        handle = (request, response) => {
          const url = readUrl(request, callback);
          if (url?.pathname === startUrl.pathname) return redirect(response, address);
          if (url?.pathname !== callback.pathname) return refuse(request, response);
          // Anything on this machine can knock here: only the login that was begun here knows the state.
          if (url.searchParams.get("state") !== state) return void writePage(response, 400, FOREIGN);
          clearTimeout(timer);
          handle = refuse;
          resolve({ url, answer: (text) => writePage(response, 200, text) });
        };
      });
    },
    async close() {
      clearTimeout(timer);
      handle = refuse;
      await Promise.all(servers.map(closeServer));
    },
  };
}

const FOREIGN =
  "This is not the answer to the login that was begun here. Open the address again that the terminal shows.";

/** A page elsewhere may point a name of its own to this machine: then the name is another. */
function readUrl({ method, url, headers }: IncomingMessage, callback: URL): URL | undefined {
  if (method !== "GET" || headers.host !== callback.host || !URL.canParse(url ?? "", callback.href)) return undefined;
  return new URL(url ?? "", callback);
}

function refuse(_request: IncomingMessage, response: ServerResponse): void {
  void writePage(response, 404, "There is nothing here.");
}

function redirect(response: ServerResponse, address: URL): void {
  response.writeHead(302, { Location: address.href, "Cache-Control": "no-store", Connection: "close" }).end();
}

async function listen(
  { hostname, port }: URL,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server[]> {
  const [first = "", ...others] = hostname.endsWith("localhost")
    ? ["127.0.0.1", "::1"]
    : [hostname.replace(/[[\]]/g, "")];
  const servers = [await listenOn(first, Number(port), handle)];
  for (const host of others) {
    try {
      servers.push(await listenOn(host, portOf(servers), handle));
    } catch (error) {
      // Many containers have no IPv6; then no browser tries it either.
      if (/EADDRNOTAVAIL|EAFNOSUPPORT/.test((error as NodeJS.ErrnoException).code ?? "")) continue;
      await Promise.all(servers.map(closeServer));
      throw error;
    }
  }
  return servers;
}

function listenOn(
  host: string,
  port: number,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(handle);
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(error.code === "EADDRINUSE" ? portInUse(host, port) : error);
    });
    server.listen({ host, port, exclusive: true }, () => resolve(server));
  });
}

function portOf([server]: readonly Server[]): number {
  const address = server?.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function portInUse(host: string, port: number): ProblemError {
  return new ProblemError({
    code: "auth/port-in-use",
    summary: `Something else on this machine listens on port ${port} (${host}), to which the identity provider sends the browser back`,
    remedy: `End it, or set \`redirectUri\` in \`superset:auth\` to another address that is registered at the identity provider. http://127.0.0.1/callback, without a port, takes a free one.`,
    exitCode: 3,
  });
}

function tooLate(seconds: number): ProblemError {
  return new ProblemError({
    code: "auth/login-timeout",
    summary: `Nobody logged in within ${seconds} seconds`,
    why: "the browser did not come back from the identity provider",
    remedy:
      "Run it again. If the identity provider showed an error, its client needs the redirect URI of `superset:auth` (docs/auth.md); more time: `deadlineSeconds`.",
    exitCode: 3,
  });
}
