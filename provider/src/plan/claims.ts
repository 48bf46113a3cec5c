import type { Definition } from "../assets/definition";
import { ProblemError } from "../core/errors";
import { describeAsset } from "../settings/strategy";
import type { DatabaseTarget } from "./database-map";

/** Where definitions come from: the files of one folder, or one resource of the program. */
export type ClaimSource = "folder" | "program";

interface Claim {
  readonly definition: Definition;
  readonly source: ClaimSource;
  /** Counts the calls of {@link Claims.claim}: within one of them the rules for files have compared the natural keys. */
  readonly round: number;
}

/** What a program declares so far, in folders and by itself: nothing may stand there twice. */
export class Claims {
  private readonly byKey = new Map<string, Claim>();
  private rounds = 0;

  /**
   * Notes definitions that come from one place.
   *
   * @param databases the target's databases, by the UUIDs of the definitions
   * @throws ProblemError `assets/declared-twice` where something else of the program is the same asset, or would be the
   * same object to Superset
   */
  claim(definitions: readonly Definition[], source: ClaimSource, databases: ReadonlyMap<string, DatabaseTarget>): void {
    this.rounds += 1;
    for (const definition of definitions) {
      const claim = { definition, source, round: this.rounds };
      const keys = listKeys(claim, databases);
      for (const [key, what] of keys) {
        const earlier = this.byKey.get(key);
        if (earlier !== undefined && isClash(key, claim, earlier)) throw describeClash(claim, earlier, what);
      }
      for (const [key] of keys) this.byKey.set(key, claim);
    }
  }
}

const NATURAL = "natural";

/** Keys that only one asset may have, with what people call them. */
function listKeys({ definition, source }: Claim, databases: ReadonlyMap<string, DatabaseTarget>): [string, string][] {
  const { kind, uuid, name } = definition;
  const natural = naturalKey(definition, databases);
  return [
    [`uuid ${kind} ${uuid}`, `${kind} with the UUID ${uuid}`],
    // Pulumi itself refuses two resources of the program with one name.
    ...(source === "folder" ? [[`name ${kind} ${name}`, `resource "${name}"`] as [string, string]] : []),
    ...(natural === undefined ? [] : [[`${NATURAL} ${kind} ${natural[0]}`, natural[1]] as [string, string]]),
  ];
}

/** By what Superset recognises an object besides its UUID (superset-api 3.16). */
function naturalKey(
  { kind, uuid, title, document }: Definition,
  databases: ReadonlyMap<string, DatabaseTarget>,
): [key: string, what: string] | undefined {
  if (kind === "database") {
    const name = databases.get(uuid)?.name ?? title;
    return [name, `database "${name}" of the server`];
  }
  if (kind === "dashboard") {
    const { slug } = document;
    return typeof slug === "string" && slug !== "" ? [slug, `slug "${slug}"`] : undefined;
  }
  if (kind !== "dataset") return undefined;
  const own = String(document.database_uuid).toLowerCase();
  const database = databases.get(own)?.name ?? own;
  const key = JSON.stringify([database, document.schema || null, title]);
  return [key, `table "${title}" of the database "${database}"`];
}

function isClash(key: string, claim: Claim, earlier: Claim): boolean {
  if (!key.startsWith(NATURAL)) return true;
  if (claim.round === earlier.round) return false;
  const [one, other] = [claim.definition.document.catalog || null, earlier.definition.document.catalog || null];
  return one === null || other === null || one === other;
}

function describeClash({ definition, source }: Claim, earlier: Claim, what: string): ProblemError {
  const other =
    earlier.source === "folder"
      ? earlier.definition.path
      : `${describeAsset(earlier.definition.kind, earlier.definition.name)} of the program`;
  const isInFiles = source === "folder" || earlier.source === "folder";
  return new ProblemError({
    code: "assets/declared-twice",
    summary: `It declares the same ${what} as ${other}; nothing was written.`,
    remedy: isInFiles
      ? "Leave one of the two out (superset:exclude), or rename it. A program can use an asset of a folder as it is: assets.dataset(…), assets.chart(…)."
      : "Declare it once and use it twice, or give one of the two another name.",
    place: source === "folder" ? { file: definition.path } : { asset: describeAsset(definition.kind, definition.name) },
    exitCode: 3,
  });
}
