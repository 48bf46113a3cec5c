import { randomBytes } from "node:crypto";
import { chmodSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeUnknown, ProblemError } from "../core/errors";
import { isFolder } from "../core/files";
import { makeTemporaryFolder } from "../core/temporary-folder";
import { normaliseUrl } from "../superset/connection";
import type { TokenSource } from "../superset/login";
import { digestToken, isProof, keyFile, questionSchema, readLine, socketPath, writeLine } from "./token-protocol";

/** A socket at which the processes of Pulumi ask for tokens, as long as the engine runs. */
export interface TokenServer {
  /** Value of the environment variable that leads to it. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Who connects proves itself at once, or is sent away. */
const PROOF_MS = 10_000;

/** Systems cut the paths of sockets off: macOS after 104 bytes. */
const MAX_PATH = 100;

/**
 * Serves the tokens of a login to processes of the same user. Socket and key have the mode 0600, in a folder with 0700.
 *
 * @param url the only Superset server that they are given for
 */
export async function serveTokens(tokens: TokenSource, url: string): Promise<TokenServer> {
  const { path: folder, remove } = makeTemporaryFolder("pulumi-superset-login-", chooseParent());
  chmodSync(folder, 0o700);
  const key = randomBytes(32).toString("base64url");
  writeFileSync(keyFile(folder), key, { mode: 0o600, flag: "wx" });
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // Who goes away in between gets no answer; that is no failure of the command.
    socket.on("error", () => socket.destroy());
    void serve(socket, { tokens, key, url: normaliseUrl(url) });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath(folder), resolve);
  });
  if (process.platform !== "win32") chmodSync(socketPath(folder), 0o600);
  return {
    folder,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      remove();
    },
  };
}

interface Served {
  readonly tokens: TokenSource;
  readonly key: string;
  readonly url: string;
}

/** One question on each connection; its challenge is never used again. */
async function serve(socket: Socket, served: Served): Promise<void> {
  socket.setTimeout(PROOF_MS, () => socket.destroy());
  const challenge = randomBytes(32).toString("base64url");
  writeLine(socket, { challenge });
  try {
    const question = await readLine(socket, questionSchema);
    if (question === undefined || !isProof(served.key, challenge, question)) return void socket.destroy();
    // From here on it may take as long as a person needs to log in again.
    socket.setTimeout(0);
    writeLine(socket, await answer(question, served));
    socket.end();
  } catch (error) {
    writeLine(socket, { problem: toProblem(error) });
    socket.end();
  }
}

async function answer({ url, refused }: { url: string; refused: string }, served: Served): Promise<object> {
  if (url !== served.url) {
    throw new ProblemError({
      code: "auth/other-server",
      summary: `The login is for ${served.url}, and a token for ${url} was asked for`,
      remedy: "One run logs in to one server: give stacks of other servers another login provider (docs/auth.md).",
      exitCode: 3,
    });
  }
  const current = await served.tokens.current();
  if (digestToken(current.value) === refused) served.tokens.forget(current.value);
  const { value, renewAt } = await served.tokens.current();
  return { token: value, renewAt };
}

function toProblem(error: unknown): object {
  const problem =
    error instanceof ProblemError ? error : new ProblemError({ code: "bug", summary: describeUnknown(error) });
  const { code, summary, why, remedy, exitCode } = problem;
  return { code, summary, why, remedy, exitCode };
}

/** The user's own folder for what lives as long as a session, else the one for temporary files. */
function chooseParent(): string {
  const folders = [process.env.XDG_RUNTIME_DIR, tmpdir(), "/tmp"];
  const fits = (folder: string | undefined) =>
    folder !== undefined &&
    socketPath(join(folder, "pulumi-superset-login-123456")).length <= MAX_PATH &&
    isFolder(folder);
  return folders.find(fits) ?? tmpdir();
}
