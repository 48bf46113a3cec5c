import { createHash } from "node:crypto";
import { ProblemError } from "../core/errors";
import type { Login } from "./login";

/** How to reach one Superset server and as whom. */
export interface Connection {
  /** Origin and optional path of the server, without a slash at its end: `https://bi.example.com/superset`. */
  readonly url: string;
  /** The Pulumi stack, for error texts. */
  readonly stack?: string;
  readonly auth: Login;
  /** Headers sent with every request, e.g. those that an identity-aware proxy wants. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM file with further certificate authorities; the usual ones stay trusted. */
  readonly caFile?: string;
  /** How long one request may stay silent, in seconds. Default 60; imports and exports get 300 at least. */
  readonly timeoutSeconds?: number;
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * The server's address in its one form: lower-case host, no default port, no slash at the end.
 *
 * @throws ProblemError `connection/bad-url` for anything that is not a plain http(s) address
 */
export function normaliseUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    throw badUrl(url, "it is no http or https address");
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw badUrl(`${parsed.protocol}//${parsed.host}`, "it contains a user name or password");
  }
  if (parsed.search !== "" || parsed.hash !== "") throw badUrl(url, "it has a query or a fragment");
  return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
}

function badUrl(url: string, why: string): ProblemError {
  return new ProblemError({
    code: "connection/bad-url",
    summary: `The address "${url}" of the Superset server cannot be used`,
    why,
    remedy: "Set `superset:url` to the server's origin and, if it has one, its path: https://bi.example.com",
  });
}

/** Whether what is sent to an address crosses the network encrypted, or does not cross it. */
export function isSafeAddress(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** Whether a host name means this machine. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname);
}

/**
 * Checks that credentials would travel safely.
 *
 * @returns the normalised address
 * @throws ProblemError `connection/bad-url`; `connection/not-https` for plain http to anything but this machine
 */
export function checkConnection(connection: Connection): string {
  const url = normaliseUrl(connection.url);
  if (isSafeAddress(url)) return url;
  const { hostname } = new URL(url);
  throw new ProblemError({
    code: "connection/not-https",
    summary: `The Superset server ${url} is addressed with plain http`,
    why: "the password and the tokens would cross the network unencrypted",
    remedy: `Set \`superset:url\` to https://${hostname}. Plain http is accepted for this machine only (127.0.0.1, localhost).`,
    ...(connection.stack !== undefined && { place: { stack: connection.stack } }),
  });
}

/**
 * Tells servers apart without keeping their address.
 *
 * @param url address in any form that {@link normaliseUrl} accepts
 * @returns the first 8 hexadecimal characters of the SHA-256 of the normalised address
 * @throws ProblemError `connection/bad-url`
 */
export function fingerprintTarget(url: string): string {
  return createHash("sha256").update(normaliseUrl(url)).digest("hex").slice(0, 8);
}
