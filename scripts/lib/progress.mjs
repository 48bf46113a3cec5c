import { stripVTControlCharacters } from "node:util";

/** A step that takes less than this is not worth a line while it runs. */
const QUIET_MS = 1000;
/** Plain logs (CI) cannot redraw a line: there a sign of life now and then must do. */
const PLAIN_HEARTBEAT_MS = 20_000;

/**
 * Prints steps: what runs, for how long, and a check mark with the seconds at the end.
 * @param {{stream?: NodeJS.WriteStream, env?: NodeJS.ProcessEnv}} [options]
 * @returns {{
 *   step: <T>(title: string, fn: (log: (text: string) => void) => Promise<T> | T) => Promise<T>,
 *   note: (text: string) => void,
 * }} `step` runs `fn` and shows what it logs beside the title; `note` prints a line of its own
 */
export function createProgress({ stream = process.stdout, env = process.env } = {}) {
  const live = Boolean(stream.isTTY) && !env.CI && env.TERM !== "dumb";
  const paint = painter(stream, env);
  const note = (text) => void stream.write(`${text}\n`);
  const start = live ? liveLine : plainLines;
  return {
    note,
    async step(title, fn) {
      const began = Date.now();
      const seconds = () => ((Date.now() - began) / 1000).toFixed(1);
      const shown = start({ stream, title, seconds, paint });
      try {
        const result = await fn(shown.log);
        shown.end();
        note(`${paint.green("✓")} ${title} ${paint.dim(`${seconds()} s`)}`);
        return result;
      } catch (error) {
        shown.end();
        note(`${paint.red("✗")} ${title} ${paint.dim(`${seconds()} s`)}`);
        throw error;
      }
    },
  };
}

/** One line that is drawn again and again. */
function liveLine({ stream, title, seconds, paint }) {
  let detail = "";
  let drawn = false;
  const draw = () => {
    const text = `… ${title} ${Math.floor(Number(seconds()))} s${detail && `  ${detail}`}`;
    const width = Math.max(20, (stream.columns ?? 80) - 1);
    stream.write(`\r\x1b[K${paint.dim(text.length > width ? `${text.slice(0, width - 1)}…` : text)}`);
    drawn = true;
  };
  const timer = setInterval(draw, QUIET_MS);
  return {
    log(text) {
      detail = firstLine(text);
      if (drawn) draw();
    },
    end() {
      clearInterval(timer);
      if (drawn) stream.write("\r\x1b[K");
    },
  };
}

/** Lines that stay, for logs that are read afterwards. */
function plainLines({ stream, title, seconds }) {
  let latest = "";
  let announced = false;
  const announce = () => {
    if (!announced) stream.write(`… ${title}${latest && `: ${latest}`}\n`);
    announced = true;
  };
  const first = setTimeout(announce, QUIET_MS);
  const heartbeat = setInterval(() => {
    stream.write(`  ${title}: ${Math.floor(Number(seconds()))} s${latest && `, ${latest}`}\n`);
  }, PLAIN_HEARTBEAT_MS);
  return {
    log(text) {
      latest = firstLine(text);
    },
    end() {
      clearTimeout(first);
      clearInterval(heartbeat);
    },
  };
}

function firstLine(text) {
  return stripVTControlCharacters(text).split("\n", 1)[0].trim();
}

/** Colours only where they are wanted: https://no-color.org, and never in a file or a pipe. */
function painter(stream, env) {
  const on = Boolean(stream.isTTY) && !env.NO_COLOR && env.TERM !== "dumb";
  const code = (number) => (text) => (on ? `\x1b[${number}m${text}\x1b[0m` : text);
  return { green: code(32), red: code(31), dim: code(2) };
}
