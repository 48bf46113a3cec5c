import { basename, dirname } from "node:path";
import { createMaker, uuidOf } from "../../bench/corpus-parts.mjs";
import { toCanonicalText } from "../../provider/src/assets/canonical";
import { listReferences } from "../../provider/src/assets/define";
import type { AssetKind, Definition } from "../../provider/src/assets/definition";
import { TITLE_KEYS } from "../../provider/src/assets/importer-fields";
import type { AssetFolder } from "./asset-folder";
import { placeChart, removeChart } from "./random-dashboard-edits";
import type { Document, Random, Surroundings } from "./random-edit";
import { EDITS, IDLE_EDITS } from "./random-edits";

/** An asset file as it is now. */
interface RandomFile {
  readonly kind: AssetKind;
  path: string;
  document: Document;
}

/** Does one change; answers what it did, or nothing where the folder has nothing to do it with. */
type Change = (folder: RandomFolder) => string | undefined;

/** How likely each change is, in parts of the sum. */
const CHANGES: readonly (readonly [number, Change])[] = [
  [10, (folder) => edit(folder, "chart")],
  [10, (folder) => edit(folder, "dataset")],
  [12, (folder) => edit(folder, "dashboard")],
  [1, (folder) => edit(folder, "database")],
  [4, editIdly],
  [4, moveFile],
  [2, swapFiles],
  [3, copyAsset],
  [2, copyOntoDashboard],
  [2, renewUuid],
  [4, deleteUnused],
  [2, deleteFromDashboards],
];

const KINDS = ["dataset", "chart", "dashboard"] as const;

/** Random choices that a seed decides. */
export function createRandom(seed: number): Random {
  const { below } = createMaker(seed);
  let words = 0;
  return {
    below,
    pick: <T>(list: readonly T[]) => list[below(list.length)] as T,
    word: () => `${seed.toString(36)}x${(words++).toString(36)}`,
  };
}

/** A folder of assets that is changed at random; the same seed makes the same changes. */
export class RandomFolder {
  readonly random: Random;
  readonly #folder: AssetFolder;
  readonly #seed: number;
  #files: RandomFile[];
  #made = 0;

  /** @param definitions what the folder holds */
  constructor(folder: AssetFolder, definitions: readonly Definition[], seed: number) {
    this.#folder = folder;
    this.#seed = seed;
    this.#files = definitions.map(({ kind, path, document }) => ({ kind, path, document: structuredClone(document) }));
    this.random = createRandom(seed);
  }

  /** Makes changes, one after the other; they may meet in one asset. */
  change(count: number): string[] {
    const done: string[] = [];
    const total = CHANGES.reduce((sum, [parts]) => sum + parts, 0);
    while (done.length < count) {
      let at = this.random.below(total);
      const chosen = CHANGES.find(([parts]) => {
        at -= parts;
        return at < 0;
      });
      const text = chosen?.[1](this);
      if (text !== undefined) done.push(text);
    }
    return done;
  }

  /** The files of some kinds. */
  files(...kinds: readonly AssetKind[]): RandomFile[] {
    return this.#files.filter(({ kind }) => kinds.includes(kind));
  }

  get around(): Surroundings {
    return { random: this.random, all: (kind) => this.files(kind).map(({ document }) => document) };
  }

  /** The files that refer to one. */
  usersOf({ kind, document }: RandomFile): RandomFile[] {
    const uuid = `${document.uuid}`.toLowerCase();
    return this.#files.filter((file) =>
      listReferences(file.kind, file.document).some((used) => used.kind === kind && used.uuid === uuid),
    );
  }

  /** A UUID that no asset ever had. */
  newUuid(): string {
    return uuidOf(`random changes ${this.#seed}, ${this.#made++}`);
  }

  /** Writes a file, a new one too. */
  save(file: RandomFile): void {
    if (!this.#files.includes(file)) this.#files.push(file);
    this.#folder.write(file.path, toCanonicalText(file.document));
  }

  move(file: RandomFile, path: string): void {
    this.#folder.move(file.path, path);
    file.path = path;
  }

  remove(file: RandomFile): void {
    this.#folder.remove(file.path);
    this.#files = this.#files.filter((other) => other !== file);
  }
}

function edit(folder: RandomFolder, kind: AssetKind): string | undefined {
  const files = folder.files(kind);
  if (files.length === 0) return undefined;
  const file = folder.random.pick(files);
  const index = folder.random.below(EDITS[kind].length);
  if (EDITS[kind][index]?.(file.document, folder.around) !== true) return undefined;
  folder.save(file);
  return `edit ${index} of ${file.path}`;
}

function editIdly(folder: RandomFolder): string | undefined {
  const kind = folder.random.pick(KINDS);
  const files = folder.files(kind);
  if (files.length === 0) return undefined;
  const file = folder.random.pick(files);
  const index = folder.random.below(IDLE_EDITS[kind].length);
  if (IDLE_EDITS[kind][index]?.(file.document, folder.around) !== true) return undefined;
  folder.save(file);
  return `idle edit ${index} of ${file.path}`;
}

function moveFile(folder: RandomFolder): string | undefined {
  const file = folder.random.pick(folder.files(...KINDS));
  const { path } = file;
  const into = folder.random.below(2) === 0 ? `${dirname(path)}/moved-${folder.random.word()}` : dirname(path);
  folder.move(file, `${into}/${folder.random.word()}-${basename(path).slice(-60)}`);
  return `move ${path} to ${file.path}`;
}

/** Each file gets the other's name. */
function swapFiles(folder: RandomFolder): string | undefined {
  const kind = folder.random.pick(KINDS);
  const files = folder.files(kind);
  const [left, right] = [folder.random.pick(files), folder.random.pick(files)];
  if (left === undefined || right === undefined || left === right) return undefined;
  const paths = [left.path, right.path] as const;
  [left.path, right.path] = [paths[1], paths[0]];
  folder.save(left);
  folder.save(right);
  return `swap ${paths.join(" and ")}`;
}

function copyAsset(folder: RandomFolder): string | undefined {
  return `copy ${copyFile(folder, folder.random.pick(folder.files(...KINDS))).path}`;
}

/** A copy has what must not stand twice on a server renewed: UUID, table, slug. */
function copyFile(folder: RandomFolder, { kind, path, document }: RandomFile): RandomFile {
  const word = folder.random.word();
  const copy: RandomFile = { kind, path: `${dirname(path)}/copy-${word}.yaml`, document: structuredClone(document) };
  copy.document.uuid = folder.newUuid();
  copy.document[TITLE_KEYS[kind]] = `${kind}_copy_${word}`;
  if (kind === "dashboard") copy.document.slug = folder.random.pick([null, `copy-${word}`]);
  folder.save(copy);
  return copy;
}

function copyOntoDashboard(folder: RandomFolder): string | undefined {
  const [charts, dashboards] = [folder.files("chart"), folder.files("dashboard")];
  if (charts.length === 0 || dashboards.length === 0) return undefined;
  const dashboard = folder.random.pick(dashboards);
  const copy = copyFile(folder, folder.random.pick(charts));
  const isPlaced = placeChart(dashboard.document, folder.around, copy.document);
  if (isPlaced) folder.save(dashboard);
  return `copy ${copy.path}${isPlaced ? ` onto ${dashboard.path}` : ""}`;
}

/** The same file with another UUID: another asset. */
function renewUuid(folder: RandomFolder): string | undefined {
  const unused = folder.files("chart").filter((file) => folder.usersOf(file).length === 0);
  if (unused.length === 0) return undefined;
  const file = folder.random.pick(unused);
  file.document.uuid = folder.newUuid();
  folder.save(file);
  return `new UUID of ${file.path}`;
}

function deleteUnused(folder: RandomFolder): string | undefined {
  const unused = folder.files(...KINDS).filter((file) => folder.usersOf(file).length === 0);
  // Dashboards hold the others: without them every change would be one of loose files.
  const spare = unused.filter(({ kind }) => kind !== "dashboard" || folder.files("dashboard").length > 2);
  if (spare.length === 0) return undefined;
  const file = folder.random.pick(spare);
  folder.remove(file);
  return `delete ${file.path}`;
}

/** A chart goes, and the dashboards that show it change. */
function deleteFromDashboards(folder: RandomFolder): string | undefined {
  const charts = folder.files("chart");
  if (charts.length < 5) return undefined;
  const chart = folder.random.pick(charts);
  const users = folder.usersOf(chart);
  for (const user of users) {
    removeChart(user.document, folder.around, `${chart.document.uuid}`.toLowerCase());
    folder.save(user);
  }
  folder.remove(chart);
  return `delete ${chart.path} and take it from ${users.length} dashboards`;
}
