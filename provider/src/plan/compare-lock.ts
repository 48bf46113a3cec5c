/** How the lock of an object in the UI differs from what the settings want. */
export interface LockDifference {
  readonly reason: string;
  /** Whether the object has to be written, or only the state. */
  readonly needs: "surroundings" | "record";
  /** Whether somebody did it on the target. */
  readonly isByHand: boolean;
}

/**
 * Compares the lock in the UI.
 *
 * @param wanted by the settings
 * @param present on the target; undefined where nobody can have changed it since it was applied, or it was not asked
 * @param applied by this stack on this target; undefined if it never did. A new object is unlocked
 */
export function compareLock(
  wanted: boolean,
  present: boolean | undefined,
  applied: boolean | undefined,
): LockDifference | undefined {
  if ((present ?? applied ?? false) === wanted) {
    if (applied === undefined || applied === wanted) return undefined;
    return { reason: `it is ${wanted ? "locked" : "unlocked"} in the UI already`, needs: "record", isByHand: false };
  }
  if (applied === wanted) {
    return { reason: `somebody ${wanted ? "unlocked" : "locked"} it`, needs: "surroundings", isByHand: true };
  }
  return { reason: `to be ${wanted ? "locked" : "unlocked"} in the UI`, needs: "surroundings", isByHand: false };
}
