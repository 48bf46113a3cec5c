import { OpenIdConnectProvider } from "@pulumi/aws/iam/openIdConnectProvider";
import { Role } from "@pulumi/aws/iam/role";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy";
import { type Input, jsonStringify, output } from "@pulumi/pulumi";
import { AUDIENCE, GITHUB_ISSUER, type Policy, type Statement, toPolicy, trustGithub } from "./policy";

/** A role that these may have, without any permission yet. */
export function declareRole(name: string, prefix: string, description: string, trust: Input<Policy>): Role {
  return new Role(name, { name: `${prefix}-${name}`, description, assumeRolePolicy: jsonStringify(trust) });
}

/** What a role may do. */
export function permit(name: string, role: Role, statements: Input<readonly Statement[]>): void {
  const policy = jsonStringify(output(statements).apply(toPolicy));
  new RolePolicy(name, { name, role: role.name, policy });
}

/** The environments on GitHub by the jobs that are in them. */
export const GITHUB_ENVIRONMENTS = {
  preview: "showtime-preview",
  deploy: "showtime-deploy",
  cleanup: "showtime-cleanup",
} as const;

/** GitHub as a provider of identities; an account has one at most, so it may be there already. */
export function declareGithub(given: string | undefined): Input<string> {
  if (given !== undefined) return given;
  return new OpenIdConnectProvider("github", { url: `https://${GITHUB_ISSUER}`, clientIdLists: [AUDIENCE] }).arn;
}

/** The role of the jobs of one environment of the repository. */
export function declareJobRole(
  kind: keyof typeof GITHUB_ENVIRONMENTS,
  { prefix, provider, repository }: { prefix: string; provider: Input<string>; repository: string },
): Role {
  const environment = GITHUB_ENVIRONMENTS[kind];
  const trust = output(provider).apply((arn) => trustGithub(arn, repository, environment));
  return declareRole(kind, prefix, `Jobs of ${repository} in the environment ${environment}`, trust);
}
