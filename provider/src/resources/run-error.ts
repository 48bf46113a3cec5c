import type { ProblemError } from "../core/errors";
import * as pulumi from "./pulumi";

/**
 * What ends a program with a text for people. It has no call stack: Pulumi formats that in any case, and Node.js 20
 * takes a minute and gigabytes for one with Pulumi's own files in it.
 */
export function toRunError(problem: ProblemError): pulumi.RunError {
  const error = new pulumi.RunError(problem.message);
  error.stack = problem.message;
  // Pulumi writes "error serializing property" in front of it, once for each resource that waited.
  Object.defineProperty(error, "message", { get: () => problem.message, set: () => undefined });
  return error;
}
