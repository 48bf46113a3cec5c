import { readFileSync } from "node:fs";
import { createConnection, type Socket } from "node:net";
import { describeUnknown, ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { normaliseUrl } from "../superset/connection";
import type { AccessToken, TokenSource } from "../superset/login";
import {
  answerSchema,
  challengeSchema,
  digestToken,
  keyFile,
  makeProof,
  readLine,
  socketPath,
  writeLine,
} from "./token-protocol";

/** Tokens of the login that the command has done which runs the engine. They stay in this process's memory. */
export class SocketTokens implements TokenSource {
  readonly #url: string;
  #current: AccessToken | undefined;
  #asking: Promise<AccessToken> | undefined;
  #refused = "";

  /**
   * @param folder where the socket is
   * @param url the Superset server that tokens are wanted for
   * @param stack for error texts
   */
  constructor(
    private readonly folder: string,
    url: string,
    private readonly stack: string | undefined,
  ) {
    this.#url = normaliseUrl(url);
  }

  async current(): Promise<AccessToken> {
    if (this.#current !== undefined && Date.now() < this.#current.renewAt) return this.#current;
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  forget(value: string): void {
    if (this.#current?.value !== value) return;
    this.#refused = digestToken(value);
    this.#current = undefined;
  }

  async #ask(): Promise<AccessToken> {
    try {
      this.#current = await this.#converse();
      return this.#current;
    } catch (error) {
      throw error instanceof ProblemError ? error : this.#gone(describeUnknown(error));
    }
  }

  async #converse(): Promise<AccessToken> {
    const key = readFileSync(keyFile(this.folder), "utf8");
    const socket = await connect(socketPath(this.folder));
    try {
      const challenge = (await readLine(socket, challengeSchema))?.challenge;
      if (challenge === undefined) throw this.#gone("it closed the connection");
      const question = { url: this.#url, refused: this.#refused };
      writeLine(socket, { ...question, proof: makeProof(key, challenge, question) });
      const answer = await readLine(socket, answerSchema);
      if (answer === undefined) throw this.#gone("it closed the connection");
      if ("problem" in answer) throw this.#problem(answer.problem);
      registerSecret(answer.token);
      return { value: answer.token, renewAt: answer.renewAt };
    } finally {
      socket.destroy();
    }
  }

  #problem({
    why,
    remedy,
    ...told
  }: {
    code: string;
    summary: string;
    exitCode: 1 | 2 | 3;
    why?: string | undefined;
    remedy?: string | undefined;
  }) {
    return new ProblemError({
      ...told,
      ...(why !== undefined && { why }),
      ...(remedy !== undefined && { remedy }),
      ...this.#place(),
    });
  }

  #gone(why: string): ProblemError {
    return new ProblemError({
      code: "auth/login-gone",
      summary: "The command that logged in does not answer any more",
      why,
      remedy: "Run it again with `pulumi-superset deploy`, or `pulumi-superset pulumi …` for Pulumi's own commands.",
      ...this.#place(),
    });
  }

  #place() {
    return this.stack === undefined ? {} : { place: { stack: this.stack } };
  }
}

function connect(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
