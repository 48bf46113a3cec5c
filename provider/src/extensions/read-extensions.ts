import { mapInParallel } from "../core/parallel";
import type { BundleReading, ExtensionBundle, Finding } from "./bundle";
import { discoverBundles } from "./discover";
import { readBundle } from "./read-bundle";
import { makeFinding } from "./rules";

/** The thread pool has no more threads. */
const WIDTH = 4;

/** What a folder of bundles came to. */
export interface ExtensionsReading {
  /** Those without errors, in the order of their ids; each id once. */
  readonly bundles: readonly ExtensionBundle[];
  /** In the order of the paths. */
  readonly findings: readonly Finding[];
  /** How many bundles lie there, sound or not. */
  readonly discovered: number;
}

/**
 * Reads all bundles of a folder. Where one id is there more than once, none of its bundles is taken, because which of
 * them Superset takes is chance.
 *
 * @throws ProblemError `extensions/folder-missing`, `extensions/folder-unreadable`
 */
export async function readExtensions(folder: string): Promise<ExtensionsReading> {
  const sources = await discoverBundles(folder);
  const readings = await mapInParallel(sources, WIDTH, (source) => readBundle(source));
  return { ...refuseRepeated(readings), discovered: sources.length };
}

function refuseRepeated(readings: readonly BundleReading[]): Omit<ExtensionsReading, "discovered"> {
  const sound = readings.flatMap(({ bundle }) => bundle ?? []);
  const byId = new Map<string, ExtensionBundle[]>();
  for (const bundle of sound) byId.set(bundle.id, [...(byId.get(bundle.id) ?? []), bundle]);
  const repeated = [...byId.values()].filter((bundles) => bundles.length > 1);
  const findings = [...readings.flatMap((reading) => reading.findings), ...repeated.flatMap(explainRepeated)];
  return {
    bundles: sound.filter(({ id }) => byId.get(id)?.length === 1).sort((left, right) => (left.id < right.id ? -1 : 1)),
    findings: findings.sort((left, right) => (left.path === right.path ? 0 : left.path < right.path ? -1 : 1)),
  };
}

/** Each of them is refused, and names all others. */
function explainRepeated(bundles: readonly ExtensionBundle[]): Finding[] {
  return bundles.map((bundle) => {
    const others = bundles.filter((other) => other !== bundle);
    const isSameVersion = others.every(({ version }) => version === bundle.version);
    const list = others.map(({ version, source }) => `${version} in ${source.path}`).join(", ");
    const summary = `${bundle.id} ${bundle.version} is there more than once: also ${list}`;
    return makeFinding(isSameVersion ? "id-duplicate" : "version-beside", { path: bundle.source.path }, summary);
  });
}
