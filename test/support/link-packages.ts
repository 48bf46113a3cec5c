import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./pulumi-project";

/**
 * Gives a copy of this repository the packages, as `npm ci` leaves them, and what is compiled: the tests would not run
 * where that had not worked here, and it takes minutes.
 */
export function linkPackages(copy: string): void {
  const canLink = statSync(ROOT).dev === statSync(copy).dev;
  for (const folder of ["", "provider"]) {
    execFileSync("cp", [canLink ? "-al" : "-a", "node_modules", join(copy, folder)], { cwd: join(ROOT, folder) });
  }
  const mark = "node_modules/.package-lock.json";
  rmSync(join(copy, mark));
  copyFileSync(join(ROOT, mark), join(copy, mark));
  for (const compiled of ["dist", "provider/dist"])
    cpSync(join(ROOT, compiled), join(copy, compiled), { recursive: true });
}
