import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE } from "./own-version";

/** What the files of a new project are about. */
export interface TemplateValues {
  /** Name of the project. */
  readonly project: string;
  /** What pull requests are compared with, and what is merged goes to. */
  readonly stack: StackNames;
  /** The stacks of a promotion; one of them may not be there yet. */
  readonly qa: StackNames;
  readonly production: StackNames;
  /** Those that are looked at every night. */
  readonly stacks: readonly string[];
  readonly url: string;
  /** What package.json says of this package: a range of versions, or a file. */
  readonly package: string;
}

/** A stack, as workflows name it. */
export interface StackNames {
  readonly name: string;
  /** The environment variables that may hold its password, and another account. */
  readonly secretVariable: string;
  readonly usernameVariable: string;
}

/** A file of a new project. */
export interface TemplateFile {
  /** Inside the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Where the templates lie in the package, and where their files go in a project. */
const FOLDERS = [
  { folder: "project", target: "" },
  // Every file that is put there becomes a workflow of new projects.
  { folder: "workflows", target: ".github/workflows/" },
] as const;

/** npm does not publish files of that name. */
const NAMES: Readonly<Record<string, string>> = { gitignore: ".gitignore" };

/** The files of a new project, without settings and assets. */
export function renderTemplates(values: TemplateValues): TemplateFile[] {
  return FOLDERS.flatMap(({ folder, target }) => {
    const source = join(PACKAGE, "templates", folder);
    return readdirSync(source).map((name) => ({
      path: `${target}${NAMES[name] ?? name}`,
      text: fillIn(readFileSync(join(source, name), "utf8"), values),
    }));
  });
}

/** Words, because no formatter of Markdown, YAML or JavaScript touches them. */
const PLACEHOLDERS: Readonly<Record<string, (values: TemplateValues) => string>> = {
  THE_PROJECT: ({ project }) => project,
  THE_URL: ({ url }) => url,
  THE_PACKAGE: (values) => values.package,
  THE_STACK: ({ stack }) => stack.name,
  THE_SECRET_VARIABLE: ({ stack }) => stack.secretVariable,
  THE_USERNAME_VARIABLE: ({ stack }) => stack.usernameVariable,
  THE_QA_STACK: ({ qa }) => qa.name,
  THE_QA_SECRET_VARIABLE: ({ qa }) => qa.secretVariable,
  THE_QA_USERNAME_VARIABLE: ({ qa }) => qa.usernameVariable,
  THE_PRODUCTION_STACK: ({ production }) => production.name,
  THE_PRODUCTION_SECRET_VARIABLE: ({ production }) => production.secretVariable,
  THE_PRODUCTION_USERNAME_VARIABLE: ({ production }) => production.usernameVariable,
  THE_STACKS: ({ stacks }) => stacks.join(", "),
};

function fillIn(text: string, values: TemplateValues): string {
  return text.replace(/\bTHE_[A-Z_]+\b/g, (placeholder) => PLACEHOLDERS[placeholder]?.(values) ?? placeholder);
}
