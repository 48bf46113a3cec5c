/** A policy of IAM, as JSON has it. */
export interface Policy {
  readonly Version: "2012-10-17";
  readonly Statement: readonly Statement[];
}

/** One of its statements. */
export interface Statement {
  readonly Sid: string;
  readonly Effect: "Allow";
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Principal?: Readonly<Record<string, string>>;
  readonly Condition?: Conditions;
}

/** Operator, key, values. */
export type Conditions = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;

/** Allows actions on resources. */
export function allow(
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: Conditions,
): Statement {
  return { Sid, Effect: "Allow", Action, Resource, ...(Condition !== undefined && { Condition }) };
}

/** The policy of these statements. */
export function toPolicy(Statement: readonly Statement[]): Policy {
  return { Version: "2012-10-17", Statement };
}

/** Lets a service of AWS have a role, for this account only. */
export function trustService(service: string, account: string): Policy {
  return toPolicy([
    {
      Sid: "Service",
      Effect: "Allow",
      Action: ["sts:AssumeRole"],
      Principal: { Service: service },
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  ]);
}

/** Where GitHub's tokens come from. */
export const GITHUB_ISSUER = "token.actions.githubusercontent.com";

/** For whom the tokens are. */
export const AUDIENCE = "sts.amazonaws.com";

/** Lets the jobs of one environment of one repository have a role: the whole subject, without any wildcard. */
export function trustGithub(provider: string, repository: string, environment: string): Policy {
  return toPolicy([
    {
      Sid: "Jobs",
      Effect: "Allow",
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Principal: { Federated: provider },
      Condition: {
        StringEquals: {
          [`${GITHUB_ISSUER}:aud`]: AUDIENCE,
          [`${GITHUB_ISSUER}:sub`]: `repo:${repository}:environment:${environment}`,
        },
      },
    },
  ]);
}
