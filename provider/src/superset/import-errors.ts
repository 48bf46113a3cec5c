import type { AssetKind } from "../assets/definition";
import { describeUnknown, ProblemError } from "../core/errors";
import type { SupersetClient } from "./client";
import type { SupersetError } from "./errors";
import type { ImportEntry } from "./import-bundle";
import { describeAccount } from "./login";

/** What mostly stands behind a refusal that Superset gives no reason for (superset-api 3.16 to 3.19, 1.12). */
const LIKELY_CAUSES: Readonly<Record<AssetKind, string>> = {
  database:
    "Superset connects to Trino, StarRocks, Snowflake and BigQuery databases while it imports them: is the driver installed on the server, and the database reachable from there? Another database may have the name; the user may lack the right to import databases",
  dataset:
    "another dataset may hold the same database, schema and table (on SQLite metadata: the same table name alone); an import cannot move a dataset to another database; the user may not own the dataset",
  chart: "`params` may be missing, or the user may not own the chart",
  dashboard:
    "another dashboard may have the slug; `position` may be missing; expanded_slices or timed_refresh_immune_slices may name a chart that the layout does not have; the user may not own the dashboard",
};

/** Makes the errors of one import; each names its file. */
export class ImportErrors {
  readonly #client: SupersetClient;

  constructor(client: SupersetClient) {
    this.#client = client;
  }

  /** Superset's schema refuses the file. */
  invalid(entry: ImportEntry, reason: string): ProblemError {
    return this.#make(entry, "import/invalid", "Superset's importer refuses the file", reason, "Correct the file.");
  }

  /** Refused, and nothing tells why. */
  refused(entry: ImportEntry, refusal: SupersetError): ProblemError {
    const why = `Superset accepts the form of the file, and of its content it only says: ${refusal.said ?? "nothing"}`;
    const remedy = `Likely causes: ${LIKELY_CAUSES[entry.kind]}. The server's log has the cause.`;
    return this.#make(entry, "import/refused", "Superset could not import the asset", why, remedy);
  }

  /** Only its owners and administrators may overwrite it. */
  notOwner(entry: ImportEntry): ProblemError {
    const account = describeAccount(this.#client.connection.auth);
    const summary = `Superset does not let ${account} overwrite the asset: other people own it`;
    const remedy = `Make ${account} an owner of the ${entry.kind} in Superset, or give it the role Admin.`;
    return this.#make(entry, "import/not-owner", summary, undefined, remedy);
  }

  /** What the asset refers to is not on the server. */
  parentMissing(entry: ImportEntry, parents: readonly string[]): ProblemError {
    const why = `not on the server: ${parents.join(", ")}`;
    const remedy = "Run it again with the missing files; if it was deleted on the server meanwhile, refresh first.";
    return this.#make(entry, "import/parent-missing", "Superset could not import the asset", why, remedy);
  }

  /** What the asset refers to failed in the same import. */
  parentFailed(entry: ImportEntry, parent: ImportEntry): ProblemError {
    const why = `the ${parent.kind} "${parent.title}" (${parent.path}), which it needs, could not be imported`;
    return this.#make(entry, "import/parent-failed", "Not imported", why, "Correct the other file first.");
  }

  /** Superset said yes and did nothing. */
  notWritten(entry: ImportEntry, isThere: boolean): ProblemError {
    const summary = `Superset reported success, but ${isThere ? "left the asset as it was" : "the asset is not there"}`;
    const remedy = `Likely causes: ${LIKELY_CAUSES[entry.kind]}. Two rows that match one file are left alone silently.`;
    return this.#make(entry, "import/not-written", summary, undefined, remedy);
  }

  /** Charts are not linked to their dashboard, after a second import too. */
  linksMissing(entry: ImportEntry, absent: readonly string[], unlinked: readonly string[]): ProblemError {
    const parts = [
      ...(absent.length > 0 ? [`not on the server: ${absent.join(", ")}`] : []),
      ...(unlinked.length > 0 ? [`on the server, but not linked: ${unlinked.join(", ")}`] : []),
    ];
    const summary = "The dashboard was imported, but charts of its layout are missing on it";
    const remedy = "Deploy these charts first, or take them out of the layout.";
    return this.#make(entry, "import/links-missing", summary, parts.join("; "), remedy);
  }

  /** The whole import failed for a reason that no single file has. */
  failed(entry: ImportEntry, cause: ProblemError, note?: unknown): ProblemError {
    const further = note instanceof ProblemError ? note.summary : note && describeUnknown(note);
    const notes = [cause.why, further].filter(Boolean);
    return this.#make(entry, cause.code, `Not imported: ${cause.summary}`, notes.join("; ") || undefined, cause.remedy);
  }

  #make(entry: ImportEntry, code: string, summary: string, why: string | undefined, remedy = ""): ProblemError {
    const stack = this.#client.connection.stack;
    return new ProblemError({
      code,
      summary,
      ...(why !== undefined && { why }),
      ...(remedy !== "" && { remedy }),
      place: { file: entry.path, asset: `${entry.kind} ${entry.title}`, ...(stack !== undefined && { stack }) },
    });
  }
}
