import { z } from "zod";
import { type Answer, invalid, notFound, type Operation, page, readBody } from "./operation";
import { BOT, type GithubState, type Label, type PullRequest } from "./state";

const LONGEST_NAME = 50;
const LONGEST_DESCRIPTION = 100;

const definitionSchema = z.object({
  name: z.string().optional(),
  new_name: z.string().optional(),
  color: z
    .string()
    .regex(/^[0-9a-f]{6}$/i)
    .optional(),
  description: z.string().max(LONGEST_DESCRIPTION).optional(),
});

/** Whether GitHub takes a name. */
function isName(name: string): boolean {
  return name.trim() !== "" && [...name].length <= LONGEST_NAME;
}

/** Sets a label, as anybody; it is made where there is none. */
export function attachLabel(state: GithubState, { number, labels }: PullRequest, name: string, actor?: string): void {
  if (!isName(name)) throw new Error(`GitHub takes no label ${name}`);
  const key = name.toLowerCase();
  if (!state.labels.has(key)) state.labels.set(key, makeLabel(state, name, "ededed", ""));
  if (labels.includes(key)) return;
  labels.push(key);
  state.labelEvents.push({ number, label: key, actor });
}

/** The labels of a pull request, as REST has them. */
export function listLabels({ labels: all }: GithubState, { labels }: PullRequest): Label[] {
  return labels.flatMap((key) => all.get(key) ?? []);
}

/** Labels of pull requests. */
export function labelOperations(state: GithubState): Operation[] {
  const onPullRequest = (number: string | undefined, work: (found: PullRequest) => Answer) => {
    const found = state.pullRequests.get(Number(number));
    return found === undefined ? notFound() : work(found);
  };
  return [
    {
      route: "GET /repos/{owner}/{repo}/issues/{issue_number}/labels",
      run: (request) => onPullRequest(request.path.issue_number, (found) => page(listLabels(state, found), request)),
    },
    {
      route: "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
      run: (request) =>
        onPullRequest(request.path.issue_number, (found) => {
          const { labels } = readBody(z.object({ labels: z.array(z.string()).min(1) }), request);
          if (!labels.every(isName)) return invalid("Validation Failed", [{ resource: "Label", code: "invalid" }]);
          for (const name of labels) attachLabel(state, found, name, BOT);
          return { status: 200, body: listLabels(state, found) };
        }),
    },
    {
      route: "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
      run: ({ path: { issue_number: number, name = "" } }) =>
        onPullRequest(number, (found) => {
          const at = found.labels.indexOf(name.toLowerCase());
          if (at < 0) return notFound("Label does not exist");
          found.labels.splice(at, 1);
          return { status: 200, body: listLabels(state, found) };
        }),
    },
  ];
}

/** Labels that the repository offers. */
export function definitionOperations(state: GithubState): Operation[] {
  const { labels } = state;
  return [
    {
      route: "GET /repos/{owner}/{repo}/labels",
      run: (request) => page([...labels.values()], request),
    },
    {
      route: "POST /repos/{owner}/{repo}/labels",
      run: (request) => {
        const { name = "", color = "ededed", description = "" } = readBody(definitionSchema, request);
        if (!isName(name)) return invalid("Validation Failed", [{ resource: "Label", code: "invalid", field: "name" }]);
        if (labels.has(name.toLowerCase())) {
          return invalid("Validation Failed", [{ resource: "Label", code: "already_exists", field: "name" }]);
        }
        const label = makeLabel(state, name, color, description);
        labels.set(name.toLowerCase(), label);
        return { status: 201, body: label };
      },
    },
    {
      route: "PATCH /repos/{owner}/{repo}/labels/{name}",
      run: (request) => {
        const key = request.path.name?.toLowerCase() ?? "";
        const found = labels.get(key);
        if (found === undefined) return notFound();
        const { new_name: name = found.name, color = found.color, description } = readBody(definitionSchema, request);
        Object.assign(found, { name, color, description: description ?? found.description });
        rename(state, key, name.toLowerCase());
        return { status: 200, body: found };
      },
    },
    {
      route: "DELETE /repos/{owner}/{repo}/labels/{name}",
      run: ({ path: { name = "" } }) => {
        const key = name.toLowerCase();
        if (!labels.delete(key)) return notFound();
        for (const found of state.pullRequests.values()) found.labels = found.labels.filter((other) => other !== key);
        return { status: 204 };
      },
    },
  ];
}

function rename({ labels, pullRequests }: GithubState, from: string, to: string): void {
  const label = labels.get(from);
  if (label === undefined || from === to) return;
  labels.delete(from);
  labels.set(to, label);
  for (const found of pullRequests.values()) found.labels = found.labels.map((key) => (key === from ? to : key));
}

function makeLabel(state: GithubState, name: string, color: string, description: string): Label {
  const id = state.nextId++;
  const url = `${state.url}/repos/${state.repository}/labels/${encodeURIComponent(name)}`;
  return { id, node_id: `LA_${id}`, url, name, color, description, default: false };
}
