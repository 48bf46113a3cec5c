import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { isSafeAddress } from "../../superset/connection";

/** An address under which this machine reaches a server. */
export interface Door {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * The address of an environment as a project may name it. One without a stable name has plain http, which settings
 * refuse for everything but this machine, because passwords would cross the network in clear. The password of an
 * environment opens nothing else and goes with it, and people type it into that very page: so this machine passes on
 * what comes to a port of its own.
 */
export async function openDoor(url: string): Promise<Door> {
  if (isSafeAddress(url)) return { url, close: () => Promise.resolve() };
  const { hostname, port, pathname } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 80) });
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      // Whoever speaks through it sees that the connection broke, and says why.
      socket.on("error", () => other.destroy()).on("close", () => sockets.delete(socket));
      socket.pipe(other);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: own } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${own}${pathname.replace(/\/+$/, "")}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
