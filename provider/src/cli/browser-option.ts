import type { Command } from "commander";
import pc from "picocolors";
import type { BrowserSurroundings } from "../login/browser-surroundings";

/** What the command line said, for all logins of this process. */
let opensBrowser = true;

/** Lets people log in with a browser that this machine cannot open, at every command that speaks to a server. */
export function addBrowserOption(command: Command): Command {
  return command.option("--no-browser", "print the address to log in at, and do not open it").hook("preAction", () => {
    opensBrowser = command.opts<{ browser: boolean }>().browser;
  });
}

/** What a command can do about a login in the browser. */
export function browserOfTerminal(): BrowserSurroundings {
  return { opensBrowser, isTerminal: process.stderr.isTTY === true, show: showLogin };
}

async function showLogin(startUrl: URL, host: string, deadlineSeconds: number): Promise<void> {
  const opened = opensBrowser && (await openBrowser(startUrl));
  const where = opened ? "in the browser. If it shows nothing, open" : "by opening";
  process.stderr.write(`Log in at ${host} ${where} ${pc.bold(startUrl.href)} (within ${deadlineSeconds} seconds)\n`);
}

/** @returns whether a browser was started; the address is printed anyway */
async function openBrowser(url: URL): Promise<boolean> {
  const { default: open } = await import("open");
  try {
    const child = await open(url.href);
    // A program that is not there says so later; the person has the address.
    child.on("error", () => process.stderr.write("No browser could be opened here.\n"));
    return true;
  } catch (error) {
    process.stderr.write(
      `No browser could be opened here (${error instanceof Error ? error.message : String(error)}).\n`,
    );
    return false;
  }
}
