import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE } from "./own-version";

/** What the files of a new project are about. */
export interface TemplateValues {
  /** Name of the project. */
  readonly project: string;
  readonly stack: string;
  readonly url: string;
  /** The environment variable that may hold the password. */
  readonly passwordVariable: string;
  /** What package.json says of this package: a range of versions, or a file. */
  readonly package: string;
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
const PLACEHOLDERS: Readonly<Record<string, keyof TemplateValues>> = {
  THE_PROJECT: "project",
  THE_STACK: "stack",
  THE_URL: "url",
  THE_PASSWORD_VARIABLE: "passwordVariable",
  THE_PACKAGE: "package",
};

function fillIn(text: string, values: TemplateValues): string {
  return text.replace(/\bTHE_[A-Z_]+\b/g, (placeholder) => {
    const key = PLACEHOLDERS[placeholder];
    return key === undefined ? placeholder : values[key];
  });
}
