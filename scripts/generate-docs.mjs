#!/usr/bin/env node
/** Writes what follows from the code: settings, rules, command line, manifests, this repository's workflows. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const load = createRequire(join(root, "provider", "package.json"));

/**
 * The generated documents by their path in the repository.
 * @returns {Map<string, string>}
 */
export function generateDocs() {
  load("./build.cjs").ensureBuilt();
  const { settingsSchema } = load("./dist/settings/schema.js");
  const { RULES } = load("./dist/assets/lint.js");
  const { createProgram } = load("./dist/cli/main.js");
  const { manifestSchema } = load("./dist/cli/manifest.js");
  const { showtimeSettingsSchema } = load("./dist/showtime/settings.js");
  const { LABEL_TABLE } = load("./dist/showtime/label-table.js");
  const { RULES: BUNDLE_RULES } = load("./dist/extensions/rules.js");
  return new Map([
    ["docs/settings.md", settingsPage(settingsSchema)],
    ["docs/rules.md", rulesPage(RULES)],
    ["docs/cli.md", cliPage(createProgram())],
    ["docs/extension-rules.md", bundleRulesPage(BUNDLE_RULES)],
    ["docs/showtime-reference.md", showtimePage(LABEL_TABLE, showtimeSettingsSchema)],
    ["docs/manifest.schema.json", schemaPage(manifestSchema)],
    ...renderWorkflows(load("./dist/cli/project-template.js")),
  ]);
}

/** The manifests that `promote`, `sync` and `rollback` leave, for other programs. */
function schemaPage(schema) {
  const title = "Manifest of a promotion, a sync to production, or a rollback";
  return `${JSON.stringify({ title, ...load("zod").z.toJSONSchema(schema) }, null, 2)}\n`;
}

/** The workflows that `init` writes, for the stacks of this repository. */
function renderWorkflows({ renderTemplates }) {
  const name = (stack) => ({
    name: stack,
    secretVariable: `SUPERSET_${stack.toUpperCase()}_PASSWORD`,
    usernameVariable: `SUPERSET_${stack.toUpperCase()}_USERNAME`,
  });
  const [qa, production] = ["qa", "production"].map(name);
  const values = {
    project: "superset",
    package: "*",
    url: "",
    stack: qa,
    qa,
    production,
    stacks: ["qa", "production"],
  };
  return renderTemplates(values).flatMap(({ path, text }) =>
    path.startsWith(".github/workflows/") ? [[path, `${WORKFLOW_MARK}${text}`]] : [],
  );
}

/** Stands at the top of each workflow of this repository. */
const WORKFLOW_MARK = "# Written by `npm run docs` from provider/templates/workflows. Do not edit.\n";

/** Stands at the top of each generated document. */
const MARK = "<!-- Written by `npm run docs`. Do not edit. -->\n";

function settingsPage(schema) {
  // The schema of what people write, before defaults and conversions.
  const described = load("zod").z.toJSONSchema(schema, { io: "input" });
  const defaults = schema.parse({
    url: "https://bi.example.com",
    role: "qa",
    auth: { username: "u", passwordEnv: "P" },
  });
  const { auth, databases, extensions } = described.properties;
  return `${MARK}
# Settings

A stack's settings stand in \`Pulumi.<stack>.yaml\`, in the namespace \`superset\`. \`Pulumi.qa.yaml\` and
\`Pulumi.production.yaml\` are complete examples. They are checked before anything is written: an unknown key, a wrong
value or a missing password ends the run with the key, the stack and what to do.

\`\`\`yaml
config:
  superset:url: https://bi-qa.example.com
  superset:role: qa
  superset:auth:
    username: deployer
    passwordEnv: SUPERSET_PASSWORD
\`\`\`

## All settings

${settingsTable(described, defaults)}

A glob is relative to the assets folder: \`charts/sales/**\`, \`dashboards/*.yaml\`. [Strategies](strategies.md) explains
\`strategy\`, \`replace\`, \`retained\`, \`onDrift\`, \`protect\` and \`flushCaches\`; [identity](identity.md) explains \`databases\`,
\`uuids\`, \`adopt\`, \`takeOver\` and \`fixCrossFilters\`.

## \`superset:strategy\`

Flags for everything, or a mapping. The glob wins over the kind, the kind over \`default\`. Two globs with different flags
must not match one asset.

\`\`\`yaml
config:
  superset:strategy:
    default: CREATE | UPDATE
    charts: CREATE | UPDATE | DELETE # databases, datasets, charts, dashboards
    dashboards/drafts/**: CREATE | REPLACE | DELETE # a path, by the wildcards in it
\`\`\`

## \`superset:auth\`

${auth.description} \`provider\` says in which way, and what else there is to set; the default is \`db\`.
[Logging in](auth.md) explains each way, what it asks of the server and of the identity provider, and which one fits CI.

${auth.oneOf.map(authSection).join("\n\n")}

A secret stands in the environment, or encrypted in \`Pulumi.<stack>.yaml\`; where both are set, the encrypted one is
used. Pulumi asks for it, so that it does not stand in the shell's history:

\`\`\`sh
pulumi config set --stack qa --secret --path superset:auth.password
\`\`\`

## \`superset:databases\`

${databases.description} Each entry has these keys:

${settingsTable(databases.additionalProperties, {})}

\`\`\`yaml
config:
  superset:databases:
    Shop: # the name in the files
      name: Shop QA # the name on this server
    0f5c1c1e-5d3c-4c39-8a55-3a5f0d7b8f10: # a UUID that the files use and no file defines
      name: Warehouse
\`\`\`

${extensionSettings(extensions)}
`;
}

/** Where extensions go, and how Superset is started again. */
function extensionSettings({ description, ...schema }) {
  const { restart } = schema.properties;
  return `## \`superset:extensions\`

${description} Needed where the program declares \`Extension\` or \`SupersetExtensions\`; [Extensions](extensions.md) has the rest.

${settingsTable(schema, ownDefaults(schema))}

\`superset:extensions.restart\` has either \`command\` or \`ecs\`:

${settingsTable(restart, ownDefaults(restart))}

\`superset:extensions.restart.ecs\`:

${settingsTable(restart.properties.ecs, {})}

\`\`\`yaml
config:
  superset:extensions:
    target: s3://acme-superset/extensions?region=eu-west-1
    strategy: CREATE | UPDATE | DELETE
    restart:
      ecs:
        region: eu-west-1
        cluster: bi
        services: [superset-web, superset-worker]
\`\`\``;
}

/** Defaults that stand in the schema itself. */
function ownDefaults({ properties }) {
  return Object.fromEntries(Object.entries(properties).map(([key, property]) => [key, property.default]));
}

/** What one way to log in is, and its settings. */
function authSection({ description, properties, required }) {
  const { provider, ...others } = properties;
  // Defaults stand in the schema itself here, because each way has its own.
  const defaults = ownDefaults({ properties: others });
  return `### \`provider: ${provider.const}\`\n\n${description}\n\n${settingsTable({ properties: others, required }, defaults)}`;
}

/** One row for each property. */
function settingsTable({ properties, required = [] }, defaults) {
  const rows = Object.entries(properties).map(([key, property]) => [
    `\`${key}\``,
    kindOf(property),
    required.includes(key) ? "**required**" : defaultText(defaults[key]),
    property.description ?? "",
  ]);
  return table(["setting", "value", "default", "meaning"], rows);
}

function kindOf({ type, format, items, anyOf, oneOf, enum: words, additionalProperties }) {
  if (oneOf !== undefined) return "mapping, see below";
  if (words !== undefined) return words.map((word) => `\`${word}\``).join(", ");
  if (anyOf !== undefined) return anyOf.map(kindOf).join(" or ");
  if (type === "array") return `list of ${items.type === "string" ? "texts" : `${items.type}s`}`;
  if (type === "object") return additionalProperties?.type === "string" ? "mapping of texts" : "mapping, see below";
  if (format === "uri") return "address";
  return { string: "text", integer: "whole number", boolean: "`true` or `false`" }[type] ?? type;
}

function defaultText(value) {
  // The strategy, which may also be given by kind and by glob.
  if (value?.default !== undefined) return defaultText(value.default);
  if (value === undefined || (typeof value === "object" && Object.keys(value).length === 0)) return "";
  return `\`${Array.isArray(value) ? value.join(" | ") : String(value)}\``;
}

function showtimePage(labels, schema) {
  const { properties, required } = load("zod").z.toJSONSchema(schema, { io: "input" });
  const defaults = ownDefaults({ properties });
  const { sizes, login, address } = properties;
  const rows = (setBy) => labels.filter((label) => label.setBy === setBy).map(labelRow);
  const head = ["label", "meaning", "example", "also read"];
  return `${MARK}
# Labels and settings of environments

[A Superset for every pull request](showtime.md) shows them at work.

## Labels

Each is read in all its spellings, and written in the first one. \`pulumi-superset showtime labels\` prints the same. Labels
that are not in this list are left alone.

What people set:

${table(head, rows("a person"))}

A trigger counts only from somebody with write permission. Of several times to live the shortest counts; a flag that is both
enabled and disabled is left as it is. What is ignored is told in the output.

What the tool sets, a view of what runs:

${table(head, rows("the tool"))}

\`{sha}\` is the first seven characters of the commit.

## Settings

They stand in \`showtime.yaml\` beside Pulumi.yaml; [the foundation](showtime-foundation.md) prints it. Nothing in it is secret.
An unknown key or a wrong value is refused with its line.

${settingsTable({ properties, required }, { ...defaults, sizes: undefined, login: undefined })}

### \`sizes\`

${sizes.description} Each has:

${settingsTable(sizes.additionalProperties, {})}

Where nothing is set:

\`\`\`yaml
${load("yaml").stringify({ sizes: sizes.default }).trimEnd()}
\`\`\`

### \`login\`

${login.description}

${settingsTable(login, Object.fromEntries(Object.entries(login.properties).map(([key, value]) => [key, value.default])))}

### \`address\`

${address.description}

${address.oneOf.map(addressSection).join("\n\n")}
`;
}

function labelRow({ pattern, meaning, example, alsoRead }) {
  const code = (text) => `\`${text}\``;
  return [code(pattern), meaning, example === pattern ? "" : code(example), alsoRead.map(code).join(", ")];
}

function addressSection({ properties: { kind, ...properties }, required }) {
  return `With \`kind: ${kind.const}\`:\n\n${settingsTable({ properties, required }, {})}`;
}

function rulesPage(rules) {
  const rowsOf = (chosen) => chosen.map(({ id, severity, summary }) => [`\`${id}\``, severity, summary]);
  const [deeper, always] = [
    rules.filter(({ validateOnly }) => validateOnly),
    rules.filter(({ validateOnly }) => !validateOnly),
  ];
  const head = ["rule", "severity", "meaning"];
  return `${MARK}
# Rules for asset files

Every preview and every deployment checks all files first and names all findings at once, with file, line, column, rule
and what to do. \`npx pulumi-superset validate\` checks them without Pulumi and without a server, and looks at more:

\`\`\`
dashboards/shop-overview.yaml:112:13: the chart "Best sellers" (75d8c971-0485-426f-ae5e-0b916901835f) is in no file [reference-missing]
    to do: If you removed the chart, take it off the dashboard: \`CHART-4\` in \`position\`, and in the \`children\` of what holds it. Add the chart's file, look whether \`superset:include\` or \`superset:exclude\` leaves it out, or correct the UUID.
\`\`\`

An **error** ends the run before anything is written. A **warning** is told, and the run goes on. A **note** only
informs. A single finding can be milder than its rule. Files that cannot be read at all come first, and nothing is said
about references to them: other findings may follow from them.

${table(head, rowsOf(always))}

## Only \`validate\`

What takes more time, or what the plan has a check of its own for:

${table(head, rowsOf(deeper))}

[\`validate\`](cli.md#pulumi-superset-validate) never fills a template in and runs no SQL. No parser knows a dialect of SQL
whole, and databases take more than any parser: so SQL that no dialect of the parser reads is a warning, SQL that another
dialect reads a note. Certain is what ends in the middle, and what Superset itself refuses: several statements, or one
that writes. Columns in SQL expressions are not looked up, nor are those of a dataset that lists none. Assets that a program
declares in TypeScript are not known to it: only the preview of such a program is whole.
`;
}

function bundleRulesPage(rules) {
  const rows = Object.entries(rules).map(([id, { severity, meaning, remedy }]) => [
    `\`${id}\``,
    severity,
    meaning,
    remedy,
  ]);
  return `${MARK}
# Rules for extension bundles

\`pulumi-superset extension validate\`, \`pack\`, \`upsert\` and the resources check every bundle by them, before anything is
written, and name all findings at once. [Extensions](extensions.md) has the rest.

A bundle with an **error** is not delivered; the others are. A **warning** is told, and the bundle is delivered. Superset 6.1
itself drops a bundle with most of these errors at every request, and says so in its log only.

${table(["rule", "severity", "meaning", "to do"], rows)}
`;
}

function cliPage(program) {
  return `${MARK}
# Command line

\`pulumi-superset\` comes with the package: \`npx pulumi-superset\`. In this repository \`npm run deploy\` is
\`pulumi-superset deploy\`.

${listCommands(program).map(commandSection).join("\n")}`;
}

/** A command, and all below it that do something themselves. */
function listCommands(command) {
  const own = command.commands.filter((each) => each.name() !== "help");
  const isGroup = command.parent !== null && own.length > 0;
  return [...(isGroup ? [] : [command]), ...own.flatMap(listCommands)];
}

function commandSection(command) {
  return `## ${fullName(command)}\n\n\`\`\`\n${helpText(command).trimEnd()}\n\`\`\`\n`;
}

function fullName(command) {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

/** What \`--help\` prints, in 80 columns and without colours. */
function helpText(command) {
  let text = "";
  command.configureOutput({
    getOutHelpWidth: () => 80,
    getOutHasColors: () => false,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  return text;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), `|${head.map(() => "---|").join("")}`, ...rows.map(line)].join("\n");
}

function writeDocs() {
  for (const [path, text] of generateDocs()) {
    const file = join(root, path);
    const changed = !existsSync(file) || readFileSync(file, "utf8") !== text;
    if (changed) writeFileSync(file, text);
    console.log(`${path} ${changed ? "written" : "unchanged"}`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeDocs();
