import { spawn } from "node:child_process";
import { join } from "node:path";
import { ensureSuperset } from "../../scripts/lib/python.mjs";

/** What Ctrl-C types. */
export const CTRL_C = "\u0003";

/** A command that runs at a terminal of 80 columns, and a person at it. */
export interface Terminal {
  /** Waits until the screen shows a text that it did not show when this was called last. */
  waitFor(text: string): Promise<void>;
  /** Types; `\r` is the Enter key. */
  type(keys: string): void;
  /** Waits for the end of the command. */
  end(): Promise<{ code: number; output: string }>;
}

/** Starts a command at a terminal. */
export async function startAtTerminal(
  command: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string | undefined>> },
): Promise<Terminal> {
  const { python } = await ensureSuperset();
  const env = { ...options.env, TERM: "xterm-256color" };
  const child = spawn(python, [join(import.meta.dirname, "terminal.py"), ...command], { cwd: options.cwd, env });
  let output = "";
  let seen = 0;
  let isOver = false;
  let look: () => void = () => undefined;
  const take = (chunk: Buffer) => {
    output += chunk.toString();
    look();
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const ended = new Promise<number>((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => {
      isOver = true;
      look();
      done(code ?? 1);
    });
  });
  return {
    waitFor: (text) =>
      new Promise((done, fail) => {
        look = () => {
          const found = output.indexOf(text, seen);
          if (found >= 0) {
            seen = found + text.length;
            done();
          } else if (isOver) fail(new Error(`The command ended without "${text}":\n${output}`));
        };
        look();
      }),
    type: (keys) => void child.stdin.write(keys),
    async end() {
      const code = await ended;
      return { code, output };
    },
  };
}
