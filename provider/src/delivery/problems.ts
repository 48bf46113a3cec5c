import { describeUnknown, ProblemError } from "../core/errors";

/** Another writer came between. Nothing of theirs was overwritten. */
export function lockLost(what: string, why: string): ProblemError {
  return new ProblemError({
    code: "delivery/lock-lost",
    summary: `Somebody else delivers ${what} at the same time; this delivery stopped.`,
    why,
    remedy: "Run it again: it compares anew, and writes only what differs then.",
  });
}

export function badId(id: string): ProblemError {
  return new ProblemError({
    code: "delivery/id-invalid",
    summary: `${JSON.stringify(id)} is no id of an extension.`,
    remedy: "Write it as publisher.name, in lower case: `pulumi-superset extension list` has them.",
    exitCode: 2,
  });
}

/** @param isRecordDamaged nobody knows then whether there was one */
export function noPrevious(id: string, place: string, isRecordDamaged: boolean): ProblemError {
  return new ProblemError({
    code: "delivery/no-previous",
    summary: `${id} has no previous version on ${place}; nothing was changed.`,
    ...(isRecordDamaged && { why: "What was recorded of it cannot be read." }),
    remedy: "Deliver the bundle that you want: a previous version is there once a second one was delivered.",
    exitCode: 3,
  });
}

export function previousDamaged(id: string, place: string, why: string): ProblemError {
  return new ProblemError({
    code: "delivery/previous-damaged",
    summary: `The previous version of ${id} on ${place} is not what was kept; nothing was changed.`,
    why,
    remedy: "Deliver the bundle that you want from where it was built.",
    exitCode: 3,
  });
}

export function folderInTarget(path: string): ProblemError {
  return new ProblemError({
    code: "delivery/folder-in-target",
    summary: `The development folder ${path} lies in the target itself; it was not delivered.`,
    why: "Its bundle would lie beside it, and each would be taken for a copy of the other.",
    remedy: "Move it elsewhere, or pack it (`pulumi-superset extension pack`) and leave only the bundle there.",
    exitCode: 3,
  });
}

/** @param lease what was given; anything but the lock of this extension is an error in the program */
export function assertLease(lease: { readonly name: string; assertHeld(): void }, name: string): void {
  if (lease.name !== name) throw new Error(`The lock is of "${lease.name}", and "${name}" is to be written.`);
  lease.assertHeld();
}

/** @param place the folder that was asked for */
export function folderTrouble(place: string, error: unknown): ProblemError {
  return new ProblemError({
    code: "delivery/folder-trouble",
    summary: `Something cannot be read or written in the extension folder ${place}.`,
    why: describeUnknown(error),
    remedy:
      "Look whether it is a folder, whether this account may read and write all of it, and whether the disk is full. Running it again goes on where it stopped.",
    cause: error,
  });
}

/** @param path of the lock's file */
export function lockTrouble(path: string, error: unknown): ProblemError {
  return new ProblemError({
    code: "delivery/lock-trouble",
    summary: `No lock can be had on ${path}; nothing was written.`,
    why: describeUnknown(error),
    remedy:
      "Let this account write there. A file system without locks (some mounts of buckets) cannot be shared safely: give the bucket itself as the target (s3://…).",
    cause: error,
  });
}

/** A folder where a file belongs: what is in it is somebody's. */
export function folderInTheWay(path: string): ProblemError {
  return new ProblemError({
    code: "delivery/folder-in-the-way",
    summary: `${path} is a folder, and a file of this name belongs there.`,
    remedy: "Look what is in it, and move it away.",
  });
}

/** A link where this tool keeps what is its own. */
export function linkInTarget(path: string): ProblemError {
  return new ProblemError({
    code: "delivery/link-in-target",
    summary: `${path} is a symbolic link; nothing was written through it.`,
    remedy: "Find out who made it, and remove it: what is kept there belongs into the target itself.",
  });
}
