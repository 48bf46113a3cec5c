import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeRawZip, type RawArchive, type RawEntry } from "./raw-zip";

export const REMOTE_ENTRY = "remoteEntry.0a1b2c3d.js";

/** The manifest that Apache's own tool writes for a new extension. */
export const MANIFEST = {
  publisher: "acme-lab",
  name: "hello-world",
  displayName: "Hello World",
  version: "0.1.0",
  dependencies: [],
  permissions: [],
  id: "acme-lab.hello-world",
  frontend: { remoteEntry: REMOTE_ENTRY, moduleFederationName: "acmeLab_helloWorld" },
  backend: { entrypoint: "acme_lab.hello_world.entrypoint" },
};

/** Files of a bundle, by path in it. */
export type BundleContents = Readonly<Record<string, string | Buffer>>;

/** The files of a sound bundle, with another manifest where one is given. */
export function bundleFiles(manifest: object = {}): Record<string, string> {
  return {
    "manifest.json": JSON.stringify({ ...MANIFEST, ...manifest }, null, 2),
    [`frontend/dist/${REMOTE_ENTRY}`]: "window.acmeLab_helloWorld = {};\n",
    "frontend/dist/472.4e5f.js": "console.log('hello');\n",
    "backend/src/acme_lab/hello_world/entrypoint.py": "print('hello')\n",
  };
}

/** A sound bundle of this id, `publisher.name`. */
export function bundleOf(id: string, version = "0.1.0"): Record<string, string> {
  const [publisher, name] = id.split(".");
  return bundleFiles({ id, publisher, name, version });
}

/** The files as entries of an archive. */
export function toEntries(files: BundleContents): RawEntry[] {
  return Object.entries(files).map(([name, content]) => ({ name, content }));
}

/** The files as a `.supx`, with further entries and with what is untrue about the archive. */
export function makeSupx(files: BundleContents, more: readonly RawEntry[] = [], archive?: RawArchive): Buffer {
  return makeRawZip([...toEntries(files), ...more], archive);
}

/** Writes files into a folder, which is made. */
export function writeFiles(folder: string, files: BundleContents): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** Writes the files as a development folder: into its `dist`. */
export function writeBundleFolder(folder: string, files: BundleContents): void {
  writeFiles(join(folder, "dist"), files);
}

/** What cannot be compressed much, the same each time. */
export function noise(length: number): string {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 0x7fffffff;
    return state.toString(36);
  };
  const parts: string[] = [];
  for (let size = 0; size < length; size += parts.at(-1)?.length ?? 1) parts.push(next());
  return parts.join("");
}
