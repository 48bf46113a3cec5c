import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import { describeUnknown, ProblemError } from "../core/errors";

/**
 * The usual certificate authorities and those of a file.
 *
 * @throws ProblemError `connection/ca-file`
 */
export function readAuthorities(file: string): string[] {
  try {
    const pem = readFileSync(file, "utf8");
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) throw new Error("it contains no PEM certificate");
    return [...rootCertificates, pem];
  } catch (error) {
    throw new ProblemError({
      code: "connection/ca-file",
      summary: `The certificate authorities in ${file} cannot be read`,
      why: describeUnknown(error),
      remedy: "Set `superset:caFile` to a PEM file that is readable here.",
    });
  }
}
