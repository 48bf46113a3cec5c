import { plainLine } from "../core/plain-text";
import type { Finding } from "./bundle";

interface Rule {
  readonly severity: Finding["severity"];
  /** What is wrong, one sentence. */
  readonly meaning: string;
  /** What to do, one or two sentences. */
  readonly remedy: string;
}

const BUILD_AGAIN = "Build it again: `superset-extensions build`, then `pulumi-superset extension pack`.";
const PACK_AGAIN = "Pack it again: `pulumi-superset extension pack`.";
const REMOVE = "Remove it from `dist`, and pack again: `pulumi-superset extension pack`.";

/** All rules for bundles, as the documentation lists them. */
export const RULES = {
  "bundle-unreadable": {
    severity: "error",
    meaning: "The file or folder cannot be read, or is no ordinary file.",
    remedy: "Look whether it is there and whether you may read it.",
  },
  "bundle-too-large": {
    severity: "error",
    meaning: "The packed file, all its entries together, or their number is over the limit.",
    remedy: "Superset reads each bundle for each request: leave out what the browser does not load, source maps first.",
  },
  "zip-invalid": {
    severity: "error",
    meaning: "The file is no ZIP file, or is cut off.",
    remedy: `Copy it again, in binary mode. ${PACK_AGAIN}`,
  },
  "zip-ambiguous": {
    severity: "error",
    meaning:
      "The ZIP file can be read in two ways: its parts overlap, its tables contradict each other, or it has those for over 4 GB too.",
    remedy: `${PACK_AGAIN} Where it was not built here, ask who made it.`,
  },
  "zip-bomb": {
    severity: "error",
    meaning: "The entries are over 200 times as long as what is stored of them; Superset refuses that.",
    remedy: "Look what fills it: nothing that a browser or Python runs is like that.",
  },
  "entry-corrupt": {
    severity: "error",
    meaning: "An entry cannot be unpacked, or is not what its checksum or length says.",
    remedy: `Copy the file again. ${PACK_AGAIN}`,
  },
  "entry-too-large": {
    severity: "error",
    meaning: "An entry is over 100 MB; Superset refuses that.",
    remedy: "Split it, or leave it out.",
  },
  "entry-encrypted": {
    severity: "error",
    meaning: "An entry is encrypted.",
    remedy: `Superset has no password for it. ${PACK_AGAIN}`,
  },
  "entry-compression": {
    severity: "error",
    meaning: "An entry is compressed in another way than with deflate, or needs a newer ZIP reader than Superset's.",
    remedy: PACK_AGAIN,
  },
  "entry-name": {
    severity: "error",
    meaning:
      "The name of an entry means different things to different programs: not UTF-8, a backslash, a control character, an empty part or a `.`.",
    remedy: "Rename the file: letters, digits, `.`, `-` and `_` are safe everywhere.",
  },
  "entry-absolute": {
    severity: "error",
    meaning: "The name of an entry is an absolute path.",
    remedy: `Ask who made it: no build does that. ${PACK_AGAIN}`,
  },
  "entry-outside": {
    severity: "error",
    meaning: "The name of an entry leads out of the bundle, with `..`.",
    remedy: `Ask who made it: no build does that. ${PACK_AGAIN}`,
  },
  "entry-link": {
    severity: "error",
    meaning: "An entry is a symbolic link.",
    remedy: "Put the file itself there.",
  },
  "entry-special": {
    severity: "error",
    meaning: "An entry is a device, a socket or a pipe.",
    remedy: "Remove it: a bundle holds files only.",
  },
  "entry-directory": {
    severity: "error",
    meaning: "The ZIP file has an entry for a directory; Superset drops the whole bundle and tells it in its log only.",
    remedy: `Pack without them: \`zip -D\`, or \`pulumi-superset extension pack\`.`,
  },
  "entry-duplicate": {
    severity: "error",
    meaning: "Two entries have one name.",
    remedy: PACK_AGAIN,
  },
  "entry-case": {
    severity: "error",
    meaning: "The names of two entries differ only in upper and lower case, or in how an accent is written.",
    remedy: "Rename one of them: on some disks they are one file.",
  },
  "entry-below-file": {
    severity: "error",
    meaning: "An entry lies below another one that is a file.",
    remedy: "Rename one of them.",
  },
  "entry-nested": {
    severity: "error",
    meaning:
      "A file lies in a folder below `frontend/dist`; Superset takes one level only, and drops the whole bundle.",
    remedy: "Let the build write all files into `frontend/dist` itself.",
  },
  "entry-stray": {
    severity: "error",
    meaning: "A file lies where Superset allows none; it drops the whole bundle and tells it in its log only.",
    remedy: REMOVE,
  },
  "bundle-nested": {
    severity: "error",
    meaning: "The whole bundle lies in a folder of the ZIP file.",
    remedy: `Pack what is in the folder, not the folder. ${PACK_AGAIN}`,
  },
  "manifest-missing": {
    severity: "error",
    meaning: "There is no `manifest.json` at the top of the bundle.",
    remedy: BUILD_AGAIN,
  },
  "manifest-too-large": {
    severity: "error",
    meaning: "`manifest.json` is over 1 MB.",
    remedy: "Remove what does not belong there.",
  },
  "manifest-json": {
    severity: "error",
    meaning: "`manifest.json` is no JSON in UTF-8, or no mapping, or nested without end.",
    remedy: BUILD_AGAIN,
  },
  "manifest-field": {
    severity: "error",
    meaning: "A key of `manifest.json` is missing or has a value that Superset refuses.",
    remedy: "Correct `extension.json` and build again.",
  },
  "manifest-name": {
    severity: "error",
    meaning: "`publisher` or `name` is not in lower case with single hyphens.",
    remedy: "Correct it in `extension.json` (letters, digits, single hyphens, a letter first), and build again.",
  },
  "manifest-version": {
    severity: "error",
    meaning: "`version` is not of the form x.y.z.",
    remedy: "Use three numbers, such as 1.0.0, in `extension.json`, and build again.",
  },
  "manifest-version-missing": {
    severity: "warning",
    meaning: "`manifest.json` has no `version`; Superset takes 0.0.0.",
    remedy: "State a version in `extension.json`, so that people can tell what is installed.",
  },
  "manifest-id": {
    severity: "error",
    meaning: "`id` is not `publisher.name`; Superset would list the extension and then not find its files.",
    remedy: BUILD_AGAIN,
  },
  "remote-entry-missing": {
    severity: "error",
    meaning: "The file that `frontend.remoteEntry` names is not in `frontend/dist`.",
    remedy: BUILD_AGAIN,
  },
  "entrypoint-missing": {
    severity: "error",
    meaning: "The module that `backend.entrypoint` names is not in `backend/src`.",
    remedy: "Correct the entry point, or add the module to `backend.files` of `extension.json`, and build again.",
  },
  "frontend-unused": {
    severity: "warning",
    meaning: "The bundle has frontend files, and its manifest no `frontend`: nothing loads them.",
    remedy: BUILD_AGAIN,
  },
  "backend-unused": {
    severity: "warning",
    meaning: "The bundle has backend files, and its manifest no `backend`: nothing runs them.",
    remedy: BUILD_AGAIN,
  },
  "bundle-empty": {
    severity: "warning",
    meaning: "The bundle has neither a frontend nor a backend: it does nothing.",
    remedy: BUILD_AGAIN,
  },
  "build-stale": {
    severity: "warning",
    meaning: "`extension.json` has another version than what was built into `dist`: what was built is what is taken.",
    remedy: BUILD_AGAIN,
  },
  "id-duplicate": {
    severity: "error",
    meaning: "Bundles of one id and version lie in the folder; Superset takes whichever it finds first.",
    remedy: "Keep one of them.",
  },
  "version-beside": {
    severity: "error",
    meaning: "Several versions of one id lie in the folder; Superset takes whichever it finds first, not the newest.",
    remedy: "Keep the one that is to run, and move the others away.",
  },
} as const satisfies Record<string, Rule>;

export type RuleId = keyof typeof RULES;

/** What a finding is about. */
interface Subject {
  readonly path: string;
  readonly entry?: string;
  /** Only where the rule's own remedy does not fit. */
  readonly remedy?: string;
}

/** A finding of a rule. Names inside come from other people's files: nothing in them reaches a terminal as a command. */
export function makeFinding(rule: RuleId, { path, entry, remedy }: Subject, summary: string): Finding {
  const { severity, remedy: usual } = RULES[rule];
  return {
    ...{ rule, severity, path },
    ...(entry !== undefined && { entry: plainLine(entry) }),
    ...{ summary: plainLine(summary), remedy: remedy ?? usual },
  };
}
