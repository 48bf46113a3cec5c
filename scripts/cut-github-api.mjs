/**
 * Writes test/fixtures/github-api.json: what GitHub's own description says of the operations that the tests' stand-in
 * has. The description is too large to be installed with the project:
 *
 *     npm install --prefix /tmp/openapi @octokit/openapi
 *     node scripts/cut-github-api.mjs /tmp/openapi/node_modules/@octokit/openapi
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const OPERATIONS = [
  "GET /repos/{owner}/{repo}/issues",
  "POST /repos/{owner}/{repo}/issues",
  "PATCH /repos/{owner}/{repo}/issues/{issue_number}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
  "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}",
  "GET /repos/{owner}/{repo}/issues/{issue_number}/labels",
  "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
  "DELETE /repos/{owner}/{repo}/issues/{issue_number}/labels/{name}",
  "GET /repos/{owner}/{repo}/labels",
  "POST /repos/{owner}/{repo}/labels",
  "PATCH /repos/{owner}/{repo}/labels/{name}",
  "DELETE /repos/{owner}/{repo}/labels/{name}",
  "GET /repos/{owner}/{repo}/commits/{ref}",
  "POST /repos/{owner}/{repo}/deployments",
  "GET /repos/{owner}/{repo}/actions/runs/{run_id}",
  "GET /repos/{owner}/{repo}/collaborators/{username}/permission",
];

/** Redirects and outages, which the stand-in has of its own. */
const NOT_CUT = ["301", "503"];

/** What says nothing about the form of a value. */
const SILENT = new Set(["description", "title", "example", "examples", "nullable", "externalDocs", "discriminator"]);

const source = process.argv[2];
if (source === undefined) throw new Error("Name the folder of @octokit/openapi.");
const { version } = readJson(join(source, "package.json"));
const { paths } = readJson(join(source, "generated/api.github.com.deref.json"));
const file = join(import.meta.dirname, "../test/fixtures/github-api.json");
const cut = {
  source: `@octokit/openapi ${version} (MIT): api.github.com, dereferenced, without descriptions, nullable as JSON Schema says it`,
  operations: Object.fromEntries(OPERATIONS.map((route) => [route, cutOperation(route)])),
};
writeFileSync(file, JSON.stringify(cut));
execFileSync("npx", ["biome", "format", "--write", file], { stdio: "inherit" });

function readJson(path) {
  return JSON.parse(readFileSync(path, "utf8"));
}

function cutOperation(route) {
  const [method, path] = route.split(" ");
  const { parameters = [], requestBody, responses } = paths[path][method.toLowerCase()];
  const kept = Object.entries(responses).filter(([status]) => !NOT_CUT.includes(status));
  const answers = kept.map(([status, response]) => [status, status.startsWith("2") ? cutBody(response) : null]);
  return {
    params: parameters.flatMap(({ in: place, name }) => (place === "query" ? [name] : [])),
    request: cutBody(requestBody),
    responses: Object.fromEntries(answers),
  };
}

function cutBody(described) {
  const schema = described?.content?.["application/json"]?.schema;
  return schema === undefined ? null : cutSchema(schema);
}

function cutSchema(value) {
  if (Array.isArray(value)) return value.map(cutSchema);
  if (value === null || typeof value !== "object") return value;
  const kept = Object.entries(value).flatMap(([key, inner]) => {
    // Names of properties are anybody's words.
    if (key === "properties") return [[key, mapValues(inner, cutSchema)]];
    return SILENT.has(key) || key.startsWith("x-") ? [] : [[key, cutSchema(inner)]];
  });
  const schema = Object.fromEntries(kept);
  if (value.nullable !== true) return schema;
  if (schema.enum !== undefined && !schema.enum.includes(null)) schema.enum = [...schema.enum, null];
  if (typeof schema.type === "string") return { ...schema, type: [schema.type, "null"] };
  return schema.type === undefined ? { anyOf: [schema, { type: "null" }] } : schema;
}

function mapValues(object, change) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value)]));
}
