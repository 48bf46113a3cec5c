import { z } from "zod";
import { ProblemError } from "../core/errors";
import { parseJson } from "../core/parse-json";
import type { WebFetch } from "../superset/web-fetch";

const WithIdToken = z.looseObject({ id_token: z.string() });
const Nonce = z.object({ nonce: z.string() });

/** Keeps the nonce of the last ID token. */
export interface SeenNonce {
  value?: string | undefined;
}

/**
 * Takes ID tokens out of answers: where nobody named the issuer, the library would refuse every one. Its nonce is kept,
 * because that can be checked without an issuer.
 */
export function withoutIdToken(fetch: WebFetch, seen: SeenNonce): WebFetch {
  return async (url, options) => {
    const response = await fetch(url, options);
    const answer = WithIdToken.safeParse(parseJson(await response.clone().text()));
    if (!answer.success) return response;
    const { id_token, ...rest } = answer.data;
    seen.value = readNonce(id_token);
    return new Response(JSON.stringify(rest), { status: response.status, headers: response.headers });
  };
}

function readNonce(idToken: string): string | undefined {
  const payload = Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString("utf8");
  return Nonce.safeParse(parseJson(payload)).data?.nonce;
}

/** @throws ProblemError `auth/answer-mismatch` */
export function assertNonce({ value }: SeenNonce, expected: string, host: string): void {
  if (value === undefined || value === expected) return;
  throw new ProblemError({
    code: "auth/answer-mismatch",
    summary: `The answer of ${host} does not belong to this login`,
    why: "its nonce is another",
    remedy: "Run it again. If it stays, look who else answers in the name of the identity provider.",
    exitCode: 3,
  });
}
