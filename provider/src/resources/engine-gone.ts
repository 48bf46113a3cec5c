/** Status of gRPC for a peer that is not there (UNAVAILABLE). */
const UNAVAILABLE = 14;

let isWatching = false;

/** The script by which Pulumi's language host runs a program. Any other process is its owner's, who may go on. */
const LANGUAGE_HOST = /[\\/]@pulumi[\\/]pulumi[\\/]cmd[\\/]run(?:[\\/]|$)/;

/**
 * Ends a program of the language host as soon as a call tells that the engine is gone. Pulumi's own handler reports each
 * such failure to the engine, one for every resource that waited; where sources are mapped, each report takes a minute
 * and gigabytes.
 */
export function endWithEngine(): void {
  if (isWatching || !LANGUAGE_HOST.test(process.argv[1] ?? "")) return;
  isWatching = true;
  const end = (reason: unknown) => {
    if (isEngineGone(reason)) process.exit(1);
  };
  process.prependListener("unhandledRejection", end);
  process.prependListener("uncaughtException", end);
}

function isEngineGone(reason: unknown): boolean {
  return reason instanceof Error && "code" in reason && reason.code === UNAVAILABLE;
}
