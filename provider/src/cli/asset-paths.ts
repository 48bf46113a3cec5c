import { relative, resolve, sep } from "node:path";

/** The path inside the assets folder, of a path on the disk or one that is inside already. */
export function insideFolder(path: string, folder: string): string {
  const onDisk = relative(folder, resolve(path)).split(sep).join("/");
  const inside = onDisk === ".." || onDisk.startsWith("../") ? path : onDisk;
  return inside.replace(/^\.\//, "").replace(/\/+$/, "");
}
