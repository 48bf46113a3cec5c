import picomatch from "picomatch";
import type { AssetKind } from "../assets/definition";
import { isUuid } from "../assets/values";
import { ProblemError } from "../core/errors";
import { normaliseUrl } from "../superset/connection";
import type { Inventory, RemoteAsset } from "../superset/inventory";
import { SELECTOR_HELP } from "./selector-help";

/** An object of a server, with the path and UUID of the file that stands for it or would. */
export interface SelectableObject {
  readonly remote: RemoteAsset;
  readonly path: string;
  /** Of the file. */
  readonly uuid: string;
}

/**
 * Finds what people name by globs on paths, UUIDs, or addresses that they copied from the browser.
 *
 * @param url of the server, for addresses
 * @throws ProblemError `select/nothing`, `select/other-server`, `select/no-address`
 */
export function selectObjects(
  selectors: readonly string[],
  objects: readonly SelectableObject[],
  inventory: Inventory,
  url: string,
): RemoteAsset[] {
  const chosen = selectors.flatMap((selector) => {
    const found = selectOne(selector, objects, inventory, url);
    if (found.length > 0) return found;
    throw new ProblemError({
      code: "select/nothing",
      summary: `Nothing on the server fits --only ${selector}.`,
      remedy: `Give ${SELECTOR_HELP}. \`pulumi-superset ids --sync --stack <stack>\` lists what is there.`,
      exitCode: 2,
    });
  });
  return [...new Set(chosen)];
}

function selectOne(
  selector: string,
  objects: readonly SelectableObject[],
  inventory: Inventory,
  url: string,
): RemoteAsset[] {
  if (/^https?:\/\//i.test(selector)) return findByAddress(selector, inventory, url);
  if (isUuid(selector)) {
    const uuid = selector.toLowerCase();
    return objects.filter((object) => object.uuid === uuid || object.remote.uuid === uuid).map(({ remote }) => remote);
  }
  const matches = picomatch(selector, { dot: true });
  return objects
    .filter(({ path }) => matches(path) || matches(path.replace(/\.ya?ml$/, "")))
    .map(({ remote }) => remote);
}

const PAGES: readonly { readonly kind: AssetKind; readonly form: RegExp }[] = [
  { kind: "dashboard", form: /^\/superset\/dashboard\/([^/]+)\/?$/ },
  { kind: "chart", form: /^\/(?:superset\/)?explore\/?$/ },
];

/** The pages of Superset 6: `/superset/dashboard/<id, UUID or slug>/` and `/explore/?slice_id=<id>`. */
function findByAddress(address: string, inventory: Inventory, url: string): RemoteAsset[] {
  const page = URL.canParse(address) ? new URL(address) : undefined;
  const base = new URL(normaliseUrl(url));
  if (page === undefined) return [];
  const prefix = base.pathname.replace(/\/$/, "");
  if (page.origin !== base.origin || !page.pathname.startsWith(prefix)) throw otherServer(address, url);
  const path = page.pathname.slice(prefix.length);
  const found = PAGES.find(({ form }) => form.test(path));
  if (found === undefined) throw noAddress(address);
  const name = found.kind === "chart" ? page.searchParams.get("slice_id") : found.form.exec(path)?.[1];
  if (!name || name === "p") throw noAddress(address);
  return findByName(found.kind, decodeURIComponent(name), inventory);
}

function findByName(kind: AssetKind, name: string, inventory: Inventory): RemoteAsset[] {
  const found = /^\d+$/.test(name)
    ? inventory.byId(kind, Number(name))
    : (inventory.byUuid(kind, name) ?? (kind === "dashboard" ? inventory.dashboardBySlug(name) : undefined));
  return found === undefined ? [] : [found];
}

function otherServer(address: string, url: string): ProblemError {
  return new ProblemError({
    code: "select/other-server",
    summary: `${address} is no page of ${url}.`,
    remedy: "Name the stack of that server (--from, --target).",
    exitCode: 2,
  });
}

function noAddress(address: string): ProblemError {
  return new ProblemError({
    code: "select/no-address",
    summary: `${address} names no dashboard and no chart.`,
    remedy: "Open the dashboard itself and copy its address: /superset/dashboard/… (a permalink holds no name).",
    exitCode: 2,
  });
}
