import type { ChildProcess } from "node:child_process";
import { parse } from "node-html-parser";
import { CookieJar } from "tough-cookie";
import { USER_PASSWORD } from "./identity-provider";
import { type CommandResult, collect } from "./pulumi-project";

/** What became of a login in the browser. */
export interface Visit {
  readonly status: number;
  readonly url: string;
  readonly text: string;
}

/** A person with a browser who logs in: follows an address, fills in the form, and comes back. */
export class ScriptedPerson {
  readonly #jar = new CookieJar();
  /** What the person changes in an address before opening it, where a test plays foul. */
  tamper: (url: URL) => URL = (url) => url;

  constructor(
    private readonly username: string,
    private readonly password = USER_PASSWORD,
  ) {}

  /** Follows an address to its end, logging in on the way. */
  async open(address: string): Promise<Visit> {
    const visit = await this.#go(new URL(address));
    const form = parse(visit.text).querySelector("form[method=post]");
    if (form === null) return visit;
    const fields = new URLSearchParams({ username: this.username, password: this.password });
    for (const hidden of form.querySelectorAll("input[type=hidden]")) {
      fields.set(hidden.getAttribute("name") ?? "", hidden.getAttribute("value") ?? "");
    }
    return this.#go(new URL(form.getAttribute("action") ?? "", visit.url), fields);
  }

  async #go(start: URL, body?: URLSearchParams): Promise<Visit> {
    let [url, form] = [this.tamper(start), body];
    for (let step = 0; step < 20; step++) {
      const response = await fetch(url, {
        method: form === undefined ? "GET" : "POST",
        // As browsers do on this machine, also with cookies for https alone.
        headers: { cookie: await this.#jar.getCookieString(url.href.replace("http:", "https:")) },
        redirect: "manual",
        ...(form !== undefined && { body: form }),
      });
      for (const cookie of response.headers.getSetCookie()) await this.#jar.setCookie(cookie, url.href);
      const location = response.headers.get("location");
      if (location === null) return { status: response.status, url: url.href, text: await response.text() };
      url = this.tamper(new URL(location, url));
      form = undefined;
    }
    throw new Error("The login goes round in circles.");
  }
}

/** Waits for a command that prints the address of a login (`--no-browser`), which a person opens once. */
export async function collectWithPerson(child: ChildProcess, person: ScriptedPerson): Promise<CommandResult> {
  let seen = "";
  let visit: Promise<Visit> | undefined;
  child.stderr?.on("data", (chunk: Buffer) => {
    seen += chunk.toString();
    const address = /opening (http:\/\/127\.0\.0\.1:\d+\/login)/.exec(seen)?.[1];
    if (address !== undefined) visit ??= person.open(address);
  });
  const result = await collect(child);
  await visit;
  return result;
}
