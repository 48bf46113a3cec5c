import { describeUnknown, ProblemError } from "../core/errors";

/** What a failed call of AWS means for the one who reads it. */
export type AwsProblem = "denied" | "unreachable" | "throttled" | "failed";

/** A call of AWS that failed, after the SDK's retries. */
export class AwsError extends ProblemError {
  /**
   * @param operation as people look it up: `ecs CreateService`
   * @param reason the name that AWS gives the error: `ServiceNotFoundException`
   * @param says AWS's own words
   */
  constructor(
    problem: AwsProblem,
    readonly operation: string,
    readonly reason: string,
    readonly says: string,
    remedy: string,
    cause: unknown,
  ) {
    super({
      code: `aws/${problem}`,
      summary: `${reason === NO_CREDENTIALS ? "This process has no credentials of AWS" : SUMMARIES[problem]}: ${operation}.`,
      why: `${reason}: ${says}`,
      remedy,
      cause,
    });
  }
}

const SUMMARIES: Readonly<Record<AwsProblem, string>> = {
  denied: "AWS does not allow it",
  unreachable: "AWS cannot be reached",
  throttled: "AWS takes no more calls for now",
  failed: "AWS refused a call, or failed at it",
};

/** Nobody was asked then. */
const NO_CREDENTIALS = "CredentialsProviderError";

const DENIED =
  /^(AccessDenied|UnauthorizedOperation|UnauthorizedException|AuthFailure|UnrecognizedClient|InvalidClientTokenId|ExpiredToken|InvalidSignature|SignatureDoesNotMatch|MissingAuthenticationToken|OptInRequired|CredentialsProviderError|TokenProviderError)/;

const THROTTLED =
  /^(Throttl|TooManyRequests|RequestLimitExceeded|RequestThrottled|SlowDown|PriorRequestNotComplete|LimitExceededException$|BandwidthLimitExceeded)/;

/** What is read of the SDK's errors; all of them have it, and errors of the network less. */
interface SdkError {
  readonly name?: string;
  readonly code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $retryable?: { readonly throttling?: boolean };
}

/** Whether a call failed for one of these reasons, as AWS names them. */
export function isAwsError(error: unknown, ...reasons: readonly string[]): error is AwsError {
  return error instanceof AwsError && reasons.includes(error.reason);
}

/**
 * Makes the one kind of error of this layer out of anything that the SDK throws.
 *
 * @param operation as people look it up: `ecs CreateService`
 * @param region where it was sent
 */
export function toAwsError(error: unknown, operation: string, region: string): AwsError {
  const known = (error ?? {}) as SdkError;
  const status = known.$metadata?.httpStatusCode;
  // Errors of the network are plain: what is known of them is their code.
  const reason = (known.name === "Error" || known.name === "AggregateError" ? known.code : known.name) ?? "Error";
  const says = known.message ? describeUnknown(error) : (known.code ?? "no further words");
  const problem = classify(reason, status, known.$retryable?.throttling ?? false);
  return new AwsError(problem, operation, reason, says, remedyOf(problem, reason, operation, region), error);
}

function classify(reason: string, status: number | undefined, isThrottling: boolean): AwsProblem {
  // The answer to a HEAD has no words.
  if (DENIED.test(reason) || status === 403) return "denied";
  if (isThrottling || status === 429 || THROTTLED.test(reason)) return "throttled";
  return status === undefined ? "unreachable" : "failed";
}

/** Where the permission has another name than the call. */
const S3_PERMISSIONS: Readonly<Record<string, string>> = {
  HeadObject: "GetObject",
  ListObjectsV2: "ListBucket",
  CopyObject: "PutObject",
};

function remedyOf(problem: AwsProblem, reason: string, operation: string, region: string): string {
  const [service = "", name = ""] = operation.split(" ");
  switch (problem) {
    case "denied":
      return /Credentials|Token/.test(reason)
        ? "Give this process credentials of AWS: a role by OIDC in a workflow, `aws sso login` or AWS_PROFILE elsewhere; expired ones must be fetched again."
        : service === "s3"
          ? `Allow \`s3:${S3_PERMISSIONS[name] ?? name}\` for the bucket in the policy of the role that this process has.`
          : `Allow \`${service}:${name}\` in the policy of the role that this process has (docs/showtime-foundation.md lists them all).`;
    case "unreachable":
      return `Look at the network and the region (${region}), then run it again: it goes on where it stopped.`;
    case "throttled":
      return "Wait some minutes, then run it again: it goes on where it stopped. More calls a second are a quota of the account.";
    case "failed":
      if (service === "s3")
        return "Read AWS's words above; look at the bucket's name and its region. Running it again goes on where it stopped.";
      return "Read AWS's words above; showtime.yaml names the cluster, the network and the roles. Running it again goes on where it stopped.";
  }
}
