import type { BundleEntry, Finding } from "./bundle";
import { partOf } from "./entry-names";
import { type ExtensionManifest, MANIFEST_PATH } from "./manifest";
import { makeFinding } from "./rules";

/**
 * Whether manifest and files fit each other.
 *
 * @param path the bundle's, for findings
 */
export function checkContents(
  manifest: ExtensionManifest,
  entries: readonly Pick<BundleEntry, "path">[],
  path: string,
) {
  const files = new Set(entries.map((entry) => entry.path));
  const subject = { path, entry: MANIFEST_PATH };
  const has = (part: "frontend" | "backend") => entries.some((entry) => partOf(entry.path) === part);
  const { frontend, backend } = manifest;
  const findings: Finding[] = [];
  if (frontend && !files.has(`frontend/dist/${frontend.remoteEntry}`)) {
    const summary = `frontend.remoteEntry: there is no frontend/dist/${frontend.remoteEntry}`;
    findings.push(makeFinding("remote-entry-missing", subject, summary));
  }
  if (backend && !moduleFiles(backend.entrypoint).some((file) => files.has(file))) {
    const summary = `backend.entrypoint: there is no ${moduleFiles(backend.entrypoint)[0]}`;
    findings.push(makeFinding("entrypoint-missing", subject, summary));
  }
  if (!frontend && has("frontend"))
    findings.push(makeFinding("frontend-unused", subject, "frontend files, and no `frontend` in the manifest"));
  if (!backend && has("backend"))
    findings.push(makeFinding("backend-unused", subject, "backend files, and no `backend` in the manifest"));
  if (!frontend && !backend && !has("frontend") && !has("backend"))
    findings.push(makeFinding("bundle-empty", subject, "neither a frontend nor a backend"));
  return findings;
}

/** A module is a file, or a folder with `__init__.py`. */
function moduleFiles(module: string): [string, string] {
  const path = `backend/src/${module.replaceAll(".", "/")}`;
  return [`${path}.py`, `${path}/__init__.py`];
}
