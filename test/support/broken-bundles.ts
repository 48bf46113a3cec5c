import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { RuleId } from "../../provider/src/extensions/rules";
import { bundleFiles, bundleOf, MANIFEST, makeSupx, noise, toEntries, writeBundleFolder, writeFiles } from "./bundles";
import { makeRawZip, type RawArchive, type RawEntry } from "./raw-zip";

/** A bundle that is broken in one way. */
export interface BrokenBundle {
  readonly title: string;
  /** The one finding that it must give. */
  readonly rule: RuleId;
  /** The file that the finding names. */
  readonly entry?: string;
  /** Puts it into an empty folder of extensions. */
  write(folder: string): void;
}

const MEGABYTE = 1024 * 1024;

function packed(title: string, rule: RuleId, make: () => Buffer, entry?: string): BrokenBundle {
  const write = (folder: string) => writeFileSync(join(folder, "broken.supx"), make());
  return { title, rule, write, ...(entry !== undefined && { entry }) };
}

/** A sound bundle with one more entry. */
function withEntry(title: string, rule: RuleId, entry: RawEntry, shown?: string): BrokenBundle {
  return packed(title, rule, () => makeSupx(bundleFiles(), [entry]), shown ?? String(entry.name));
}

/** A sound bundle as an archive that is untrue about itself. */
function withArchive(title: string, rule: RuleId, archive: RawArchive): BrokenBundle {
  return packed(title, rule, () => makeSupx(bundleFiles(), [], archive));
}

/** A sound bundle with another manifest. */
function withManifest(title: string, rule: RuleId, manifest: object): BrokenBundle {
  return packed(title, rule, () => makeSupx(bundleFiles(manifest)), "manifest.json");
}

function withText(title: string, rule: RuleId, text: string | Buffer): BrokenBundle {
  return packed(title, rule, () => makeSupx({ ...bundleFiles(), "manifest.json": text }), "manifest.json");
}

/** A sound bundle with some of its files changed (or, where undefined, removed). */
function withFiles(
  title: string,
  rule: RuleId,
  files: Record<string, string | undefined>,
  entry?: string,
): BrokenBundle {
  return packed(title, rule, () => makeSupx(changedFiles(files)), entry);
}

function changedFiles(files: Record<string, string | undefined>): Record<string, string> {
  const all = Object.entries({ ...bundleFiles(), ...files });
  return Object.fromEntries(all.flatMap(([path, content]) => (content === undefined ? [] : [[path, content]])));
}

/** A development folder, changed after it was written. */
function inFolder(
  title: string,
  rule: RuleId,
  entry: string | undefined,
  change: (dist: string) => void,
): BrokenBundle {
  const write = (folder: string) => {
    writeBundleFolder(join(folder, "broken"), bundleFiles());
    change(join(folder, "broken/dist"));
  };
  return { title, rule, write, ...(entry !== undefined && { entry }) };
}

const ARCHIVES: readonly BrokenBundle[] = [
  packed("an empty file", "zip-invalid", () => Buffer.alloc(0)),
  packed("a page of a login instead of the file", "zip-invalid", () => Buffer.from("<html>Please log in</html>")),
  packed("a file that is cut off", "zip-invalid", () => makeSupx(bundleFiles()).subarray(0, 600)),
  packed("an archive without entries", "manifest-missing", () => makeRawZip([])),
  packed("bytes behind the end", "zip-invalid", () => Buffer.concat([makeSupx(bundleFiles()), Buffer.from("more")])),
  withArchive("a program in front of the archive", "zip-ambiguous", { prefix: Buffer.from("#!/bin/sh\n") }),
  withArchive("an entry that the end record conceals", "zip-ambiguous", { concealed: 1 }),
  withArchive("a table of contents that is elsewhere", "zip-ambiguous", { shift: 4 }),
  withArchive("the format for archives over 4 GB", "zip-ambiguous", { isZip64: true }),
  packed("two entries that share their bytes", "zip-ambiguous", () =>
    makeSupx(bundleFiles(), [
      { name: "frontend/dist/472.4e5f.js", content: bundleFiles()["frontend/dist/472.4e5f.js"] ?? "", sharedWith: 2 },
    ]),
  ),
  packed("an entry with two names", "zip-ambiguous", () =>
    makeSupx(bundleFiles(), [{ name: "frontend/dist/good.js", localName: "frontend/dist/evil.js" }]),
  ),
  packed("a bomb", "zip-bomb", () => makeSupx({ ...bundleFiles(), "frontend/dist/a.js": Buffer.alloc(8 * MEGABYTE) })),
];

const ENTRIES: readonly BrokenBundle[] = [
  withEntry("a checksum that is wrong", "entry-corrupt", { name: "frontend/dist/a.js", content: "a", crc: 1 }),
  withEntry("an entry longer than it says", "entry-corrupt", { name: "frontend/dist/a.js", content: "abc", size: 1 }),
  withEntry("an entry shorter than it says", "entry-corrupt", { name: "frontend/dist/a.js", content: "abc", size: 9 }),
  withEntry("an entry that cannot be inflated", "entry-corrupt", {
    name: "frontend/dist/a.js",
    content: "abc",
    stored: Buffer.from("no deflate"),
  }),
  withEntry("an entry of over 100 MB", "entry-too-large", {
    name: "frontend/dist/a.js",
    size: 101 * MEGABYTE,
    content: noise(MEGABYTE),
  }),
  withEntry("an encrypted entry", "entry-encrypted", { name: "frontend/dist/a.js", content: "a", flags: 0x801 }),
  withEntry("an entry compressed with bzip2", "entry-compression", { name: "frontend/dist/a.js", method: 12 }),
  withEntry("an entry for newer readers", "entry-compression", {
    name: "frontend/dist/a.js",
    content: "a",
    version: 90,
  }),
  withEntry("an entry that patches another one", "entry-compression", {
    name: "frontend/dist/a.js",
    content: "a",
    flags: 0x820,
  }),
  withEntry("a path that leads out", "entry-outside", { name: "../evil.js", content: "x" }),
  withEntry("a path that leads out from within", "entry-outside", {
    name: "frontend/dist/../../../evil.js",
    content: "x",
  }),
  withEntry("an absolute path", "entry-absolute", { name: "/etc/cron.d/evil", content: "x" }),
  withEntry("an absolute path of Windows", "entry-absolute", { name: "C:/evil.js", content: "x" }),
  withEntry("a backslash", "entry-name", { name: "frontend\\dist\\a.js", content: "x" }),
  withEntry(
    "a name that ends early for some",
    "entry-name",
    { name: "frontend/dist/a.js\0.txt", content: "x" },
    "frontend/dist/a.js.txt",
  ),
  withEntry(
    "a colour in a name",
    "entry-name",
    { name: "frontend/dist/\u001b[31ma.js", content: "x" },
    "frontend/dist/[31ma.js",
  ),
  withEntry("an empty part of a path", "entry-name", { name: "backend/src//a.py", content: "x" }),
  withEntry("a dot as a part of a path", "entry-name", { name: "backend/src/./a.py", content: "x" }),
  withEntry(
    "a name of some code page",
    "entry-name",
    { name: Buffer.from("frontend/dist/\x84.js", "latin1"), flags: 0 },
    "frontend/dist/.js",
  ),
  withEntry(
    "a name said to be UTF-8 and not",
    "entry-name",
    { name: Buffer.from("frontend/dist/\xff.js", "latin1") },
    "frontend/dist/ÿ.js",
  ),
  withEntry("a second name for some programs", "entry-name", {
    name: "frontend/dist/a.js",
    extra: unicodePath("frontend/dist/b.js"),
  }),
  withEntry("a name that no disk takes", "entry-name", { name: `frontend/dist/${"a".repeat(300)}.js` }),
  withEntry("a symbolic link", "entry-link", { name: "frontend/dist/a.js", content: "/etc/passwd", mode: 0o120777 }),
  withEntry("a pipe", "entry-special", { name: "frontend/dist/a.js", mode: 0o010644 }),
  withEntry("an entry for a directory", "entry-directory", { name: "frontend/", method: 0 }),
  withEntry("a directory by its mode alone", "entry-directory", { name: "backend/src/a", method: 0, mode: 0o040755 }),
  withEntry("an entry that is there twice", "entry-duplicate", { name: "frontend/dist/472.4e5f.js", content: "other" }),
  withEntry("the manifest twice", "entry-duplicate", { name: "manifest.json", content: "{}" }),
  withEntry("a name in another case", "entry-case", { name: "frontend/dist/472.4E5F.js", content: "other" }),
  packed(
    "an accent written in two ways",
    "entry-case",
    () => makeSupx({ ...bundleFiles(), "frontend/dist/\u00e9.js": "a", "frontend/dist/e\u0301.js": "b" }),
    "frontend/dist/e\u0301.js",
  ),
  withEntry("a file below a file", "entry-below-file", { name: "backend/src/acme_lab/hello_world/entrypoint.py/a.py" }),
  withEntry("a frontend file in a folder", "entry-nested", { name: "frontend/dist/static/a.js", content: "x" }),
  withEntry("a README", "entry-stray", { name: "README.md", content: "# Hello" }),
  withEntry("what a Mac adds", "entry-stray", { name: "__MACOSX/._manifest.json", content: "x" }),
  withEntry("sources of the frontend", "entry-stray", { name: "frontend/src/index.tsx", content: "x" }),
  packed("the folder packed, not what is in it", "bundle-nested", () =>
    makeRawZip(toEntries(bundleFiles()).map((entry) => ({ ...entry, name: `dist/${entry.name}` }))),
  ),
];

const MANIFESTS: readonly BrokenBundle[] = [
  withFiles("no manifest", "manifest-missing", { "manifest.json": undefined }),
  packed("a manifest in another case", "manifest-missing", () =>
    makeSupx(changedFiles({ "manifest.json": undefined, "Manifest.json": JSON.stringify(MANIFEST) })),
  ),
  withText("a manifest of over 1 MB", "manifest-too-large", JSON.stringify({ ...MANIFEST, more: noise(2 * MEGABYTE) })),
  withText("a manifest that is no JSON", "manifest-json", "{ publisher: acme }"),
  withText("a manifest that is a list", "manifest-json", "[]"),
  withText("an empty manifest", "manifest-json", ""),
  withText("a manifest in UTF-16", "manifest-json", Buffer.from(JSON.stringify(MANIFEST), "utf16le")),
  withText("a byte order mark", "manifest-json", `\ufeff${JSON.stringify(MANIFEST)}`),
  withText("a manifest nested without end", "manifest-json", `{"a":${"[".repeat(5000)}${"]".repeat(5000)}}`),
  withManifest("no id", "manifest-field", { id: undefined }),
  withManifest("no display name", "manifest-field", { displayName: undefined }),
  withManifest("a display name with markup", "manifest-field", { displayName: "<b>Hello</b>" }),
  withManifest("dependencies that are no list", "manifest-field", { dependencies: "acme-lab.other" }),
  withManifest("a frontend without an entry", "manifest-field", { frontend: { moduleFederationName: "acme" } }),
  withManifest("an entry point that is no module", "manifest-field", { backend: { entrypoint: "../evil" } }),
  withManifest("a publisher in upper case", "manifest-name", { publisher: "Acme-Lab" }),
  withManifest("a name with two hyphens", "manifest-name", { name: "hello--world" }),
  withManifest("a name with a path", "manifest-name", { name: "../hello" }),
  withManifest("a version of two numbers", "manifest-version", { version: "1.0" }),
  withManifest("a version with a word", "manifest-version", { version: "1.0.0-beta" }),
  withManifest("no version", "manifest-version-missing", { version: undefined }),
  withManifest("an id of another extension", "manifest-id", { id: "acme-lab.other" }),
  withManifest("an entry file that is not there", "remote-entry-missing", {
    frontend: { ...MANIFEST.frontend, remoteEntry: "remoteEntry.old.js" },
  }),
  withManifest("an entry file elsewhere", "remote-entry-missing", {
    frontend: { ...MANIFEST.frontend, remoteEntry: "../../manifest.json" },
  }),
  withManifest("an entry point that is not there", "entrypoint-missing", { backend: { entrypoint: "acme_lab.other" } }),
  withManifest("a frontend that nothing loads", "frontend-unused", { frontend: undefined }),
  withManifest("a backend that nothing runs", "backend-unused", { backend: undefined }),
  packed(
    "neither frontend nor backend",
    "bundle-empty",
    () => makeSupx({ "manifest.json": JSON.stringify({ ...MANIFEST, frontend: undefined, backend: undefined }) }),
    "manifest.json",
  ),
];

const FOLDERS: readonly BrokenBundle[] = [
  {
    title: "a version that was changed, and not built",
    rule: "build-stale",
    write(folder) {
      writeBundleFolder(join(folder, "broken"), bundleFiles());
      writeFileSync(join(folder, "broken/extension.json"), JSON.stringify({ version: "0.2.0" }));
    },
  },
  inFolder("a link to a file elsewhere", "entry-link", "frontend/dist/a.js", (dist) =>
    symlinkSync("/etc/passwd", join(dist, "frontend/dist/a.js")),
  ),
  inFolder("a link to a folder above", "entry-link", "backend/src/up", (dist) =>
    symlinkSync("../..", join(dist, "backend/src/up")),
  ),
  inFolder("a pipe in a folder", "entry-special", "frontend/dist/a.js", (dist) =>
    execFileSync("mkfifo", [join(dist, "frontend/dist/a.js")]),
  ),
  inFolder("what a Mac leaves in a folder", "entry-stray", ".DS_Store", (dist) =>
    writeFiles(dist, { ".DS_Store": "x" }),
  ),
  inFolder("a manifest that is a folder", "manifest-missing", undefined, (dist) => {
    execFileSync("rm", [join(dist, "manifest.json")]);
    mkdirSync(join(dist, "manifest.json"));
  }),
  {
    title: "a folder with the name of a file",
    rule: "bundle-unreadable",
    write: (folder) => mkdirSync(join(folder, "a.supx")),
  },
  {
    title: "a link that leads nowhere",
    rule: "bundle-unreadable",
    write: (folder) => symlinkSync("nowhere", join(folder, "a.supx")),
  },
];

/** Bundles that are broken in one way each: packed ones and development folders. */
export const BROKEN_BUNDLES: readonly BrokenBundle[] = [...ARCHIVES, ...ENTRIES, ...MANIFESTS, ...FOLDERS];

/** Sound bundles that must not lie together; each of them gives the finding. */
export const CLASHING_BUNDLES: readonly (Pick<BrokenBundle, "title" | "rule"> & {
  readonly files: Readonly<Record<string, Buffer>>;
})[] = [
  {
    title: "one bundle under two names",
    rule: "id-duplicate",
    files: { "a.supx": makeSupx(bundleOf("acme.a")), ".hidden.supx": makeSupx(bundleOf("acme.a")) },
  },
  {
    title: "an older version beside the newer one",
    rule: "version-beside",
    files: { "a-1.supx": makeSupx(bundleOf("acme.a", "1.0.0")), "a-2.supx": makeSupx(bundleOf("acme.a", "2.0.0")) },
  },
];

/** The field of Info-ZIP for a name in UTF-8 besides the name of the header. */
function unicodePath(name: string): Buffer {
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x7075, 0);
  field.writeUInt16LE(5 + name.length, 2);
  field.writeUInt8(1, 4);
  return Buffer.concat([field, Buffer.from(name)]);
}
