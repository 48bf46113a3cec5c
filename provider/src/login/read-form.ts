import { type HTMLElement, parse } from "node-html-parser";

/** A form of a web page, as a browser would send it untouched. */
export interface PageForm {
  readonly action: URL;
  readonly method: "get" | "post";
  /** What it sends, by name. */
  readonly fields: URLSearchParams;
  /** Name of the field for the password, if there is one. */
  readonly passwordField: string | undefined;
  /** Name of the field that most likely takes the user's name, if there is one. */
  readonly userField: string | undefined;
}

/** Fields that people write into. */
const TEXT_TYPES = new Set(["", "text", "email", "tel", "search", "url"]);

/** Names that identity providers give the field for the user. */
const USER_NAMES = /user|login|email|mail|ident|account|name/i;

/** The form of a page that asks for a password, else its first one; undefined where there is none. */
export function readForm(html: string, page: URL): PageForm | undefined {
  const forms = parse(html).querySelectorAll("form");
  const form = forms.find((candidate) => findPassword(candidate) !== undefined) ?? forms[0];
  if (form === undefined) return undefined;
  return {
    action: new URL(form.getAttribute("action") || page.href, page),
    method: form.getAttribute("method")?.toLowerCase() === "post" ? "post" : "get",
    fields: readFields(form),
    passwordField: nameOf(findPassword(form)),
    userField: nameOf(findUser(form)),
  };
}

/** What a page says went wrong, as far as that can be told. */
export function readComplaint(html: string): string | undefined {
  const root = parse(html);
  const found = root.querySelector('[role="alert"], [aria-live="polite"], .alert, .error, .invalid-feedback');
  const text = (found ?? root.querySelector("title"))?.textContent.replace(/\s+/g, " ").trim().slice(0, 200);
  return text === "" ? undefined : text;
}

function findPassword(form: HTMLElement): HTMLElement | undefined {
  return form.querySelectorAll("input").find((input) => typeOf(input) === "password");
}

function findUser(form: HTMLElement): HTMLElement | undefined {
  const texts = form.querySelectorAll("input").filter((input) => TEXT_TYPES.has(typeOf(input)));
  return texts.find((input) => USER_NAMES.test(nameOf(input) ?? "")) ?? texts[0];
}

function readFields(form: HTMLElement): URLSearchParams {
  const fields = new URLSearchParams();
  for (const input of form.querySelectorAll("input")) {
    const [name, type] = [nameOf(input), typeOf(input)];
    if (name === undefined || ["submit", "button", "image", "reset", "file"].includes(type)) continue;
    if (["checkbox", "radio"].includes(type) && !input.hasAttribute("checked")) continue;
    fields.append(name, input.getAttribute("value") ?? (type === "checkbox" ? "on" : ""));
  }
  // A browser sends the button that was pressed; some pages tell "log in" from "cancel" by it.
  const button = form.querySelectorAll("button, input").find(isSubmit);
  const name = nameOf(button);
  if (name !== undefined) fields.append(name, button?.getAttribute("value") ?? "");
  return fields;
}

function isSubmit(element: HTMLElement): boolean {
  const type = typeOf(element);
  return element.tagName === "BUTTON" ? type === "" || type === "submit" : type === "submit";
}

function typeOf(element: HTMLElement): string {
  return element.getAttribute("type")?.toLowerCase() ?? "";
}

function nameOf(element: HTMLElement | undefined): string | undefined {
  return element?.getAttribute("name") || undefined;
}
