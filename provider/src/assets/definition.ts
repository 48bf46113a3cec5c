/** The kinds of assets, in the order in which they depend on each other. */
export const ASSET_KINDS = ["database", "dataset", "chart", "dashboard"] as const;

/** A kind of asset. */
export type AssetKind = (typeof ASSET_KINDS)[number];

/** Which asset is meant, on every server. */
export interface AssetIdentity {
  readonly kind: AssetKind;
  readonly uuid: string;
}

/** Superset's types of row-level security rules: for the roles that they name, or for everybody else. */
export const FILTER_TYPES = ["Regular", "Base"] as const;

/** A YAML mapping as the file states it. Unknown keys survive. */
export type AssetDocument = { readonly [key: string]: unknown };

/** What one definition needs of others, by UUID (lower case). */
export interface AssetReference {
  readonly kind: AssetKind;
  readonly uuid: string;
  /** Where the reference stands, as a path of keys in the document. */
  readonly at: readonly (string | number)[];
}

/** An asset as its file (or a program) states it. */
export interface Definition {
  readonly kind: AssetKind;
  /** Identity: the UUID, in lower case. */
  readonly uuid: string;
  /** Path of the file inside the assets folder, with `/`; for definitions made in a program the resource's name. */
  readonly path: string;
  /** Logical name of the resource: the path without its ending. */
  readonly name: string;
  /** What people call it: database name, table name, chart name or dashboard title. */
  readonly title: string;
  readonly document: AssetDocument;
  readonly references: readonly AssetReference[];
  /** Canonical YAML (`canonical.ts`): equal for equal content, free of any server's ids. */
  readonly canonical: string;
  /** SHA-256 of {@link canonical}, the first 16 hexadecimal characters. */
  readonly digest: string;
}

/** How bad a finding is: an error stops the run before anything is written; a warning is told; a note informs. */
export type Severity = "error" | "warning" | "note";

/** Something that validation found in a file. */
export interface Finding {
  /** Stable rule id, e.g. `uuid-missing`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Path of the file inside the assets folder. */
  readonly file: string;
  /** From 1; absent where the finding is about the file as a whole. */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong, one sentence. */
  readonly message: string;
  /** What to do. */
  readonly remedy: string;
}
