/** The library ships no types; only what is used of it. */
declare module "fs-native-extensions" {
  /** @returns whether the lock was granted; false where another open file has it */
  export function tryLock(fd: number): boolean;
}
