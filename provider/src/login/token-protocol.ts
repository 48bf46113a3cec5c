import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Socket } from "node:net";
import { basename, join } from "node:path";
import { z } from "zod";
import { parseJson } from "../core/parse-json";

/**
 * The environment variable that names the folder of the socket. Every plugin inherits it, so it holds nothing that is
 * secret: who may look into the folder can ask.
 */
export const TOKEN_FOLDER_VARIABLE = "PULUMI_SUPERSET_LOGIN";

/** Longest line that is read, in characters. */
const MAX_LINE = 64 * 1024;

/** First the server: a word that was never used before. */
export const challengeSchema = z.object({ challenge: z.string() });

/** Then the client: what it wants, and the proof that it has read the key. */
export const questionSchema = z.object({
  /** The Superset server that the token is for. */
  url: z.string(),
  /** Digest of a token that this server refused. */
  refused: z.string(),
  proof: z.string(),
});

/** At last the server again. */
export const answerSchema = z.union([
  z.object({ token: z.string(), renewAt: z.number() }),
  z.object({
    problem: z.object({
      code: z.string(),
      summary: z.string(),
      why: z.string().optional(),
      remedy: z.string().optional(),
      exitCode: z.union([z.literal(1), z.literal(2), z.literal(3)]),
    }),
  }),
]);

type Question = Omit<z.output<typeof questionSchema>, "proof">;

/** The key, which only the user who runs the command may read. */
export function keyFile(folder: string): string {
  return join(folder, "key");
}

/** Where the server listens. Windows knows pipes by name only. */
export function socketPath(folder: string): string {
  return process.platform === "win32" ? `\\\\.\\pipe\\${basename(folder)}` : join(folder, "socket");
}

/** Proves that the key is known, for one challenge and one question only. */
export function makeProof(key: string, challenge: string, { url, refused }: Question): string {
  return createHmac("sha256", key)
    .update(JSON.stringify([challenge, url, refused]))
    .digest("base64url");
}

/** Whether a proof is right; it takes the same time for every wrong one. */
export function isProof(key: string, challenge: string, question: z.output<typeof questionSchema>): boolean {
  const [given, right] = [question.proof, makeProof(key, challenge, question)].map((text) =>
    createHash("sha256").update(text).digest(),
  );
  return given !== undefined && right !== undefined && timingSafeEqual(given, right);
}

/** Tells tokens apart without repeating them. */
export function digestToken(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}

/** Sends one message. */
export function writeLine(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify(message)}\n`);
}

/**
 * Reads one message.
 *
 * @returns undefined where the other side ended before it, or sent something else
 */
export function readLine<T>(socket: Socket, schema: z.ZodType<T>): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    let text = "";
    const stop = () => socket.off("data", take).off("close", end).off("error", fail);
    const end = () => {
      stop();
      resolve(undefined);
    };
    const fail = (error: Error) => {
      stop();
      reject(error);
    };
    const take = (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (!text.includes("\n") && text.length < MAX_LINE) return;
      stop();
      resolve(schema.safeParse(parseJson(text)).data);
    };
    socket.on("data", take).on("close", end).on("error", fail);
  });
}
