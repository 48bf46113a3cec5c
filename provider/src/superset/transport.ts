import http from "node:http";
import https from "node:https";
import axios, { type AxiosError, type AxiosInstance, type AxiosResponse, type InternalAxiosRequestConfig } from "axios";
import axiosRetry, { exponentialDelay } from "axios-retry";
import { CookieJar } from "tough-cookie";
import { ProblemError } from "../core/errors";
import { registerSecret } from "../core/redact";
import { readAuthorities } from "./authorities";
import { type Connection, checkConnection, isSafeAddress } from "./connection";
import { type AnswerFacts, isPage, pageInstead, type RequestFacts, toSupersetError } from "./errors";
import type { Page, PageBrowser, PageRequest } from "./pages";

/** Hooks into a client. */
export interface ClientOptions {
  /** Ends all requests. */
  readonly signal?: AbortSignal;
  /** Called right before each write; throws where nothing may be written any more (the engine is gone). */
  readonly mayWrite?: () => void;
  /** Called before each attempt of each request; attempts count from 1. */
  readonly onRequest?: (method: string, path: string, attempt: number) => void;
}

/** One request below the server's address. */
export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Begins with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object | undefined;
  /** True for requests that may be repeated without harm. */
  readonly repeatable: boolean;
  /** Longest answer, in bytes. */
  readonly maxBytes: number;
  readonly timeoutSeconds: number;
}

/** A successful answer that is no web page. */
export interface TransportAnswer {
  readonly status: number;
  readonly data: Buffer;
}

/** Speaks HTTP with one server: cookies, time-outs, retries of what may be repeated. */
export interface Transport extends PageBrowser {
  send(request: TransportRequest): Promise<TransportAnswer>;
}

const ATTEMPTS = 4;
const MAX_PAGE_BYTES = 4 * 1024 * 1024;
const LONGEST_DELAY_MS = 30_000;
const RETRIED_STATUS = new Set([429, 502, 503, 504]);
/** Not the time-outs: four of them would be four minutes. */
const RETRIED_CODES = new Set(["ECONNREFUSED", "ECONNRESET", "EPIPE", "EAI_AGAIN"]);

/**
 * Makes the transport of one connection; nothing is sent yet.
 *
 * @throws ProblemError `connection/bad-url`, `connection/not-https`, `connection/ca-file`
 */
export function createTransport(connection: Connection, options: ClientOptions): Transport {
  const url = checkConnection(connection);
  const jar = new CookieJar(undefined, { looseMode: true, rejectPublicSuffixes: false });
  const tls = connection.caFile === undefined ? {} : { ca: readAuthorities(connection.caFile) };
  const instance = axios.create({
    // A redirect means a login page: following it would turn a refused write into a success (superset-api 0.7).
    maxRedirects: 0,
    maxBodyLength: Number.POSITIVE_INFINITY,
    responseType: "arraybuffer",
    transitional: { clarifyTimeoutError: true },
    httpAgent: new http.Agent({ keepAlive: true, maxSockets: 8 }),
    httpsAgent: new https.Agent({ keepAlive: true, maxSockets: 8, ...tls }),
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  // A server closes idle connections when it likes. A read is repeated then; a write would have an unknown outcome
  // for nothing, so each write gets a connection of its own.
  const freshAgents = { httpAgent: new http.Agent(), httpsAgent: new https.Agent(tls) };
  keepCookies(instance, jar, url, connection.headers ?? {});
  retryRepeatable(instance, url, options);
  announceHeaders(connection.headers ?? {});

  return {
    url,
    async send(request) {
      const facts: RequestFacts = { ...request, write: !request.repeatable, connection: { ...connection, url } };
      if (facts.write) options.mayWrite?.();
      try {
        const response = await instance.request<Buffer>({
          url: resolvePath(url, request.path),
          method: request.method,
          headers: { ...connection.headers, Accept: "application/json", Referer: `${url}/`, ...request.headers },
          data: request.body,
          timeout: request.timeoutSeconds * 1000,
          maxContentLength: request.maxBytes,
          "axios-retry": { retries: request.repeatable ? ATTEMPTS - 1 : 0 },
          ...(facts.write && freshAgents),
        });
        const answer = readAnswer(response);
        if (isPage(answer)) throw pageInstead(facts, answer);
        return { status: response.status, data: response.data };
      } catch (error) {
        const response = axios.isAxiosError<Buffer>(error) ? error.response : undefined;
        throw toSupersetError(error, facts, response && readAnswer(response));
      }
    },
    forgetCookies: () => jar.removeAllCookiesSync(),
    async openPage(request) {
      const path = `${request.url.origin}${request.url.pathname}`;
      const facts: RequestFacts = { method: request.form ? "POST" : "GET", path, write: false, connection };
      try {
        return await openPage(
          instance,
          request,
          isOwn(url, request.url.href) ? (connection.headers ?? {}) : {},
          connection,
        );
      } catch (error) {
        throw toSupersetError(error, facts);
      }
    },
  };
}

/** Headers that the settings want are for the server itself; an identity provider gets none of them. */
async function openPage(
  instance: AxiosInstance,
  { url, form }: PageRequest,
  headers: Readonly<Record<string, string>>,
  { timeoutSeconds = 60 }: Connection,
): Promise<Page> {
  const response = await instance.request<Buffer>({
    url: url.href,
    method: form === undefined ? "GET" : "POST",
    headers: { ...headers, Accept: "text/html,application/xhtml+xml" },
    ...(form !== undefined && { data: form }),
    timeout: timeoutSeconds * 1000,
    maxContentLength: MAX_PAGE_BYTES,
    validateStatus: () => true,
  });
  const { location, text, status } = readAnswer(response);
  const isRedirect = status >= 300 && status < 400 && location !== undefined && URL.canParse(location, url.href);
  return { url, status, redirect: isRedirect ? new URL(location, url) : undefined, text };
}

function isOwn(url: string, address: string): boolean {
  return new URL(url).origin === new URL(address).origin;
}

/** The full address of a path, which must stay on the server: credentials travel with it. */
function resolvePath(url: string, path: string): string {
  const full = `${url}${path}`;
  if (path.startsWith("/") && isOwn(url, full)) return full;
  throw new ProblemError({ code: "connection/foreign-path", summary: `"${path}" is no path on ${url}` });
}

function readAnswer(response: AxiosResponse<Buffer>): AnswerFacts {
  const contentType = String(response.headers["content-type"] ?? "");
  const isText = /text|json|xml|html/.test(contentType) || response.status >= 300;
  const location: unknown = response.headers.location;
  return {
    status: response.status,
    contentType,
    location: typeof location === "string" ? location : undefined,
    // A large JSON answer is decoded once, by its reader; a page is recognised by its first characters.
    text: isText ? Buffer.from(response.data ?? "").toString("utf8", 0, 200_000) : "",
  };
}

function announceHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (value.length >= 16 || /auth|token|secret|key|cookie|password|jwt|assertion/i.test(name)) registerSecret(value);
  }
}

function keepCookies(
  instance: AxiosInstance,
  jar: CookieJar,
  url: string,
  extra: Readonly<Record<string, string>>,
): void {
  const ownCookie = Object.entries(extra).find(([name]) => name.toLowerCase() === "cookie")?.[1];
  const store = (response: AxiosResponse | undefined) => {
    for (const cookie of response?.headers["set-cookie"] ?? []) {
      const stored = jar.setCookieSync(cookie, response?.config.url ?? url, { ignoreError: true });
      if (stored !== undefined && stored.value.length >= 16) registerSecret(stored.value);
    }
  };
  instance.interceptors.request.use((config) => {
    const address = config.url ?? url;
    const own = isOwn(url, address) ? ownCookie : undefined;
    const cookies = [own, jar.getCookieStringSync(asSecure(address))].filter(Boolean).join("; ");
    if (cookies !== "") config.headers.set("Cookie", cookies);
    return config;
  });
  instance.interceptors.response.use(
    (response) => {
      store(response);
      return response;
    },
    (error: unknown) => {
      if (axios.isAxiosError(error)) store(error.response);
      throw error;
    },
  );
}

/** Browsers give cookies for https alone to this machine by plain http too, and Keycloak counts on it. */
function asSecure(address: string): string {
  return isSafeAddress(address) ? address.replace(/^http:/, "https:") : address;
}

function retryRepeatable(instance: AxiosInstance, url: string, options: ClientOptions): void {
  axiosRetry(instance, {
    retries: 0,
    shouldResetTimeout: true,
    retryCondition: isPassing,
    retryDelay: (count, error) => Math.min(exponentialDelay(count, error, 150), LONGEST_DELAY_MS),
  });
  // Registered last, so it runs first: before axios-retry counts.
  instance.interceptors.request.use((config: InternalAxiosRequestConfig) => {
    const attempt = (config["axios-retry"]?.retryCount ?? 0) + 1;
    options.onRequest?.((config.method ?? "get").toUpperCase(), (config.url ?? "").slice(url.length), attempt);
    return config;
  });
}

function isPassing(error: AxiosError): boolean {
  if (error.response !== undefined) return RETRIED_STATUS.has(error.response.status);
  return RETRIED_CODES.has(error.code ?? "") || error.message === "stream has been aborted";
}
