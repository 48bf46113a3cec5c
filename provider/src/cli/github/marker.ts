import { InvalidArgumentError } from "commander";

/** Reads the option that tells one comment or issue from the next. */
export function readMarker(text: string): string {
  if (/^\w[\w ./-]{0,79}$/.test(text) && !text.includes("--")) return text;
  throw new InvalidArgumentError("It must be words of letters, digits, dots, slashes and single hyphens.");
}
