import { ProblemError } from "../../core/errors";
import { count, formatJson } from "../../core/plain-text";
import { readSignature } from "../../delivery/bundle-signature";
import type { ExtensionBundle, Finding } from "../../extensions/bundle";
import { tell } from "../progress";
import { type Format, formatReport } from "../validate-report";
import { toBundleReport } from "./bundle-rows";
import { asFileFinding, hasErrors, relativePath, summarise, toReport } from "./findings-report";
import { type PathsReading, readPath } from "./read-paths";
import { readPublicKey } from "./signatures";

/** What `validate` was called with. */
export interface ValidateBundlesOptions {
  /** File of the public key that must have signed. */
  readonly requireSignature?: string;
  readonly format: Format;
}

/**
 * Checks bundles and prints what was found.
 *
 * @returns the exit code
 * @throws ProblemError `extension/path-missing`, `extension/key-invalid`
 */
export async function runValidateBundles(
  paths: readonly string[],
  { requireSignature, format }: ValidateBundlesOptions,
): Promise<number> {
  const began = performance.now();
  const key = requireSignature === undefined ? undefined : readPublicKey(requireSignature);
  const readings: PathsReading[] = [];
  for (const path of paths.length === 0 ? ["."] : paths) readings.push(await readPath(path));
  const bundles = readings.flatMap((reading) => reading.bundles);
  const findings: Finding[] = readings.flatMap((reading) => [...reading.findings]);
  const unsigned = key === undefined ? [] : await findUnsigned(bundles, key);
  const discovered = readings.reduce((sum, reading) => sum + reading.discovered, 0);
  process.stdout.write(
    format === "json"
      ? `${formatJson({
          version: 1,
          bundles: bundles.map(toBundleReport),
          findings: findings.map(toReport),
          unsigned: unsigned.map(({ code, path, summary, remedy }) => ({
            code,
            path,
            summary,
            remedy: remedy ?? null,
          })),
        })}\n`
      : formatForReaders(findings, unsigned, format),
  );
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const all = [...findings, ...unsigned.map(() => ({ severity: "error" }) as const)];
  tell(`${summarise(all)} in ${count(discovered, "bundle")} (${seconds} s).`);
  return hasErrors(findings) || unsigned.length > 0 ? 3 : 0;
}

/** A bundle that was not signed with the other half of the key, as it is. */
interface Unsigned {
  readonly code: string;
  readonly path: string;
  readonly summary: string;
  readonly remedy: string | undefined;
}

async function findUnsigned(bundles: readonly ExtensionBundle[], key: string): Promise<Unsigned[]> {
  const problems = bundles.map(async (bundle) => {
    try {
      await readSignature(bundle, key);
      return [];
    } catch (error) {
      if (!(error instanceof ProblemError && error.exitCode === 3)) throw error;
      const { code, summary, why, remedy } = error;
      return [{ code, path: bundle.source.path, summary: why === undefined ? summary : `${summary} ${why}`, remedy }];
    }
  });
  return (await Promise.all(problems)).flat();
}

/** In the forms of `pulumi-superset validate`. */
function formatForReaders(findings: readonly Finding[], unsigned: readonly Unsigned[], format: Format): string {
  const folder = process.cwd();
  const root = process.env.GITHUB_WORKSPACE || folder;
  const told = [
    ...findings.map((finding) => asFileFinding(finding, folder)),
    ...unsigned.map(({ code, path, summary, remedy = "" }) => {
      const file = relativePath(path, folder);
      return { rule: code, severity: "error" as const, file, message: summary, remedy };
    }),
  ];
  return formatReport({ folder, files: told.length, findings: told, fixed: [], fixable: [] }, format, root);
}
