import type { AssetDocument, AssetKind, Severity } from "../definition";
import type { KeyPath } from "../values";

/** All rules, as the documentation lists them. A single finding may be milder than its rule. */
export const RULES = [
  { id: "yaml-syntax", severity: "error", summary: "The YAML is not well formed." },
  { id: "yaml-duplicate-key", severity: "error", summary: "A key stands twice in one mapping." },
  { id: "yaml-too-complex", severity: "error", summary: "Aliases expand without end, or the nesting is too deep." },
  { id: "text-malformed", severity: "error", summary: "A text holds half a character (a lone surrogate)." },
  { id: "number-imprecise", severity: "error", summary: "A number is too large to be carried without loss." },
  { id: "file-encoding", severity: "error", summary: "A file is not UTF-8." },
  { id: "file-too-large", severity: "error", summary: "A file is over 20 MB; it is not read." },
  { id: "file-unreadable", severity: "error", summary: "A file or folder cannot be read, or is no ordinary file." },
  { id: "path-outside", severity: "error", summary: "A symbolic link or a glob leads out of the assets folder." },
  { id: "glob-unused", severity: "warning", summary: "A glob of `include` or `exclude` fits no file." },
  { id: "not-carried", severity: "note", summary: "A file of a kind that is not carried (saved query, theme, tags)." },
  { id: "kind-mismatch", severity: "error", summary: "A file's content is of another kind than its folder says." },
  { id: "kind-unknown", severity: "error", summary: "An asset lies in no folder that tells its kind." },
  { id: "uuid-missing", severity: "error", summary: "An asset has no UUID." },
  { id: "uuid-malformed", severity: "error", summary: "A UUID is not well formed." },
  { id: "uuid-duplicate", severity: "error", summary: "Two files have one UUID." },
  {
    id: "natural-key-duplicate",
    severity: "error",
    summary: "Two definitions are the same object to Superset (database name; database, schema and table; slug).",
  },
  { id: "name-duplicate", severity: "error", summary: "A dataset has two columns or two metrics of one name." },
  { id: "reference-missing", severity: "error", summary: "A reference to an asset that is in no file." },
  { id: "secret-in-file", severity: "error", summary: "A password, token or private key stands in a file." },
  { id: "unknown-key", severity: "error", summary: "A key that Superset's importer refuses." },
  { id: "field-missing", severity: "error", summary: "A key is missing that Superset's importer requires." },
  { id: "field-type", severity: "error", summary: "A value is of a type that Superset's importer refuses." },
  { id: "layout-without-uuid", severity: "error", summary: "A dashboard's layout names a chart without its UUID." },
  { id: "viz-type-legacy", severity: "warning", summary: "A chart type that the importer migrates to another one." },
  { id: "importer-drops", severity: "warning", summary: "Content that the importer loses or leaves wrong, silently." },
  { id: "access-field", severity: "error", summary: "An `access.yaml` has an unknown key or a wrong value." },
  {
    id: "access-unmatched",
    severity: "error",
    summary: "A path, glob or UUID of an `access.yaml` names no asset that it could be about.",
  },
  {
    id: "access-duplicate",
    severity: "error",
    summary: "A name stands twice in a list of an `access.yaml`, or two rules have one name.",
  },
  {
    id: "access-ambiguous",
    severity: "error",
    summary: "Two equally close globs declare different owners or roles for one asset.",
  },
  { id: "id-in-file", severity: "error", summary: "An integer id that means something on one server only." },
  {
    id: "sql-syntax",
    severity: "warning",
    summary:
      "SQL of a virtual dataset, metric, column or chart that cannot be read; an error where it certainly cannot run, a note where it is templated or of an unknown dialect.",
    validateOnly: true,
  },
  {
    id: "jinja-syntax",
    severity: "warning",
    summary: "A Jinja template in SQL is not well formed; an error where a brace or block is not closed.",
    validateOnly: true,
  },
  {
    id: "chart-column",
    severity: "warning",
    summary: "A chart uses a column or metric that its dataset does not have.",
    validateOnly: true,
  },
  {
    id: "filter-lost",
    severity: "error",
    summary: "A filter on a column that the dataset does not have: Superset ignores it and shows all rows.",
    validateOnly: true,
  },
  {
    id: "filter-without-target",
    severity: "warning",
    summary: "A filter or display control of a dashboard that reaches no chart, or names no dataset or column.",
    validateOnly: true,
  },
  {
    id: "target-refuses",
    severity: "error",
    summary: "With `--target`: what the preview of that stack would refuse (a database, table, slug or UUID).",
    validateOnly: true,
  },
  {
    id: "target-lacks",
    severity: "error",
    summary: "With `--target`: the server has no person or role of a name that an `access.yaml` uses.",
    validateOnly: true,
  },
] as const satisfies readonly RuleDescription[];

interface RuleDescription {
  readonly id: string;
  readonly severity: Severity;
  readonly summary: string;
  /** `pulumi preview` does not run it: it takes time, or the plan has a check of its own. */
  readonly validateOnly?: true;
}

/** Id of a rule. */
type RuleId = (typeof RULES)[number]["id"];

/** The severity of each rule, unless a finding says otherwise. */
export const SEVERITIES: Readonly<Record<string, Severity>> = Object.fromEntries(
  RULES.map(({ id, severity }) => [id, severity]),
);

/** Rules after which nothing is known of what a file says. */
export const HIDING_RULES: ReadonlySet<string> = new Set<RuleId>([
  "yaml-syntax",
  "yaml-duplicate-key",
  "yaml-too-complex",
  "number-imprecise",
  "file-encoding",
  "file-too-large",
  "file-unreadable",
]);

/** A file whose YAML was read. */
export interface AssetFile {
  readonly kind: AssetKind;
  readonly path: string;
  readonly text: string;
  readonly document: AssetDocument;
}

/** What a rule reports; the place is looked up afterwards. */
export interface Problem {
  readonly rule: RuleId;
  readonly file: AssetFile;
  readonly at: KeyPath;
  /** Whether the key or its value is meant; default the value. */
  readonly on?: "key";
  readonly message: string;
  readonly remedy: string;
  readonly severity?: Severity;
}
