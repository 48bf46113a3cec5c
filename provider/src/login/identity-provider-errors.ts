import { describeUnknown, ProblemError } from "../core/errors";
import type { OpenId } from "./identity-provider";

/** What an error is about. */
export interface IdentityProviderStep {
  readonly openid: OpenId;
  readonly host: string;
  readonly stack: string | undefined;
}

/** Turns what the library for logins throws into the error that people see. */
export function explainIdentityProvider(thrown: unknown, { openid, host, stack }: IdentityProviderStep): ProblemError {
  const error = findProblem(thrown);
  if (error instanceof ProblemError) return error;
  const text = describe(error, openid, host);
  return new ProblemError({ ...text, exitCode: 3, ...(stack !== undefined && { place: { stack } }) });
}

/** The library wraps what the transport throws. */
function findProblem(thrown: unknown): unknown {
  return thrown instanceof Error && thrown.cause instanceof ProblemError ? thrown.cause : thrown;
}

interface Description {
  readonly code: string;
  readonly summary: string;
  readonly why: string;
  readonly remedy: string;
}

function describe(error: unknown, openid: OpenId, host: string): Description {
  if (error instanceof openid.AuthorizationResponseError) {
    return {
      code: "auth/login-refused",
      summary: `The identity provider ${host} refused the login`,
      why: joinWords(error.error, error.error_description),
      remedy:
        error.error === "access_denied"
          ? "Log in again and agree, or ask who manages the identity provider to let this user in."
          : "Correct the client at the identity provider, or `scope`, `redirectUri` and `clientId` in `superset:auth` (docs/auth.md).",
    };
  }
  if (error instanceof openid.ResponseBodyError) {
    const why = joinWords(error.error, error.error_description);
    if (/client/.test(error.error)) return clientRefused(host, why);
    return {
      code: "auth/login-refused",
      summary: `The identity provider ${host} gave no token`,
      why,
      remedy: "Run it again to log in anew. If it stays, correct `scope`, `audience` or `resource` in `superset:auth`.",
    };
  }
  if (error instanceof openid.WWWAuthenticateChallengeError) {
    const { error: word = `status ${error.status}`, error_description } = error.cause[0]?.parameters ?? {};
    return clientRefused(host, joinWords(word, error_description));
  }
  const code = error instanceof openid.ClientError ? error.code : undefined;
  if (code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED" || code === "OAUTH_INVALID_RESPONSE") {
    return {
      code: "auth/answer-mismatch",
      summary: `The answer of ${host} does not belong to this login`,
      why: describeDeep(error),
      remedy: "Run it again. If it stays, look who else answers in the name of the identity provider.",
    };
  }
  return {
    code: "auth/identity-provider-failed",
    summary: `The identity provider ${host} did not answer as one`,
    why: describeDeep(error),
    remedy:
      "Is `issuer` right (the address without /.well-known/…)? Is it reachable from here? An own certificate authority goes into `superset:caFile`.",
  };
}

function clientRefused(host: string, why: string): Description {
  return {
    code: "auth/client-refused",
    summary: `The identity provider ${host} gave no token to this client`,
    why,
    remedy: "Check `clientId` and the client's secret in `superset:auth`, and what the client may do there.",
  };
}

/** The library's own words are general; the cause says what it was about. */
function describeDeep(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return `${describeUnknown(error)}${cause}`;
}

function joinWords(error: string, description: string | undefined): string {
  return description === undefined ? error : `${error}: ${description}`;
}
