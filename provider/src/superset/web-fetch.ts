import https from "node:https";
import axios from "axios";
import { readAuthorities } from "./authorities";

/** The part of the Fetch API that libraries for logins ask for. */
export type WebFetch = (
  url: string,
  options: { method: string; headers: Record<string, string>; body?: unknown; signal?: AbortSignal },
) => Promise<Response>;

const MAX_BYTES = 4 * 1024 * 1024;

/**
 * Speaks to other servers than Superset, such as an identity provider: with the same certificate authorities and
 * proxies, without any cookie or header of Superset's.
 *
 * @param caFile PEM file with further certificate authorities
 * @param mayAsk throws where nothing may be sent to an address
 * @throws ProblemError `connection/ca-file`
 */
export function createWebFetch(caFile: string | undefined, mayAsk: (url: string) => void): WebFetch {
  const tls = caFile === undefined ? {} : { ca: readAuthorities(caFile) };
  const instance = axios.create({
    maxRedirects: 0,
    maxContentLength: MAX_BYTES,
    responseType: "arraybuffer",
    validateStatus: () => true,
    httpsAgent: new https.Agent(tls),
  });
  return async (url, { method, headers, body, signal }) => {
    mayAsk(url);
    const {
      status,
      data,
      headers: answered,
    } = await instance.request<Buffer>({
      url,
      method,
      headers,
      ...(body !== undefined && body !== null && { data: String(body) }),
      ...(signal !== undefined && { signal }),
    });
    const kept = Object.entries(answered).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" ? [[name, value]] : [],
    );
    // These answers have no body, and Response refuses one for them.
    return new Response([204, 205, 304].includes(status) ? null : data, { status, headers: kept });
  };
}
