import { z } from "zod";
import { makeUser } from "./messages";
import { invalid, notFound, type Operation, readBody } from "./operation";
import type { Referee } from "./referee";
import type { Deployment, GithubState, Role } from "./state";

/** Numbers of deployments have not fitted 32 bits for years. */
const FIRST_DEPLOYMENT = 3_000_000_000;

const deploymentSchema = z.object({
  ref: z.string(),
  environment: z.string().default("production"),
  payload: z.unknown(),
  description: z.string().max(140).default(""),
  auto_merge: z.boolean().default(true),
  required_contexts: z.array(z.string()).optional(),
});

/** Makes a deployment, as anybody. */
export function addDeployment(
  state: GithubState,
  wanted: Pick<Deployment, "environment" | "commit" | "payload" | "description">,
): Deployment {
  const number = FIRST_DEPLOYMENT + state.nextId++;
  // GitHub's clock counts in seconds.
  const created = `${new Date().toISOString().slice(0, 19)}Z`;
  const deployment = { ...wanted, id: `DE_${number}`, created, statuses: [] };
  state.deployments.push(deployment);
  return deployment;
}

const PERMISSIONS: Readonly<Record<Role, string>> = {
  admin: "admin",
  maintain: "write",
  write: "write",
  triage: "read",
  read: "read",
  none: "none",
};

/** What jobs do and ask: commits, deployments, runs, permissions. */
export function jobOperations(state: GithubState, referee: Referee): Operation[] {
  const makeRoute = "POST /repos/{owner}/{repo}/deployments";
  const commitRoute = "GET /repos/{owner}/{repo}/commits/{ref}";
  const runRoute = "GET /repos/{owner}/{repo}/actions/runs/{run_id}";
  const permissionRoute = "GET /repos/{owner}/{repo}/collaborators/{username}/permission";
  return [
    {
      route: makeRoute,
      run: (request) => {
        const wanted = readBody(deploymentSchema, request);
        if (!/^[0-9a-f]{40}$/.test(wanted.ref)) return invalid(`No ref found for: ${wanted.ref}`);
        if (wanted.auto_merge || wanted.required_contexts === undefined) {
          return { status: 409, body: { message: "Conflict: Commit status checks failed for the ref." } };
        }
        const { id, created } = addDeployment(state, { ...wanted, commit: wanted.ref });
        const { ref, environment, description } = wanted;
        const made = { id: Number(id.slice("DE_".length)), node_id: id, sha: ref, ref, environment, description };
        return { status: 201, body: referee.complete(makeRoute, 201, { ...made, created_at: created }) };
      },
    },
    {
      route: commitRoute,
      run: ({ path: { ref = "" } }) => {
        const [sha, ...others] = [...state.commits].filter((commit) => commit.startsWith(ref));
        if (sha === undefined || others.length > 0) return invalid(`No commit found for SHA: ${ref}`);
        return { status: 200, body: referee.complete(commitRoute, 200, { sha }) };
      },
    },
    {
      route: runRoute,
      run: ({ path }) => {
        const id = Number(path.run_id);
        const run = state.runs.get(id);
        if (run === undefined) return notFound();
        const { status, attempt } = run;
        return { status: 200, body: referee.complete(runRoute, 200, { id, status, run_attempt: attempt }) };
      },
    },
    {
      route: permissionRoute,
      run: ({ path: { username = "" } }) => {
        const role = state.roles.get(username.toLowerCase());
        if (role === undefined) return notFound(`${username} is not a user`);
        const user = { ...makeUser(username), role_name: role };
        return { status: 200, body: { permission: PERMISSIONS[role], role_name: role, user } };
      },
    },
  ];
}
