import { describe, expect, it } from "vitest";
import { isOfMachine, type Machine, readLockHolders, SOMEBODY, stackLocked } from "../../provider/src/cli/stack-lock";

const MESSAGE = `error: the stack is currently locked by 2 lock(s). Either wait for the other process(es) to end or delete the lock file with \`pulumi cancel\`.
  file:///tmp/state/.pulumi/locks/organization/superset/qa/1b.json: created by root@build-7 (pid 4711) at 2026-05-01T10:00:00Z
  file:///tmp/state/.pulumi/locks/organization/superset/qa/2c.json: created by ann@laptop.local (pid 42) at 2026-05-01T10:00:01+02:00
`;

describe("the holders of a stack's lock", () => {
  it("are all read out of Pulumi's message", () => {
    expect(readLockHolders(MESSAGE)).toEqual([
      { user: "root", host: "build-7", pid: 4711, since: "2026-05-01T10:00:00Z" },
      { user: "ann", host: "laptop.local", pid: 42, since: "2026-05-01T10:00:01+02:00" },
    ]);
  });

  it("are not named by Pulumi Cloud", () => {
    const message = `error: [409] Conflict: Another update is currently in progress.
To learn more about possible reasons and resolution, visit https://www.pulumi.com/docs/troubleshooting/#conflict`;
    expect(readLockHolders(message)).toEqual([SOMEBODY]);
    expect(readLockHolders("error: [409] Conflict: the name is taken")).toEqual([]);
    expect(stackLocked(SOMEBODY, "qa")).toMatchObject({
      summary: 'Stack "qa" is in use by somebody whom Pulumi Cloud does not name.',
      remedy: expect.stringContaining("pulumi cancel --stack qa"),
      exitCode: 3,
    });
  });

  it("are none in a message about something else, even if it looks alike", () => {
    expect(readLockHolders("chart: created by root@build-7 (pid 4711) at 2026-05-01")).toEqual([]);
    expect(readLockHolders("")).toEqual([]);
  });
});

describe("a lock", () => {
  const machine: Machine = { user: "ann", host: "laptop.local", isNameShared: false };
  const holder = { user: "ann", host: "laptop.local" };

  it("is of this machine where host and account are its own", () => {
    expect(isOfMachine(holder, machine)).toBe(true);
  });

  it.each([
    ["another machine", { ...holder, host: "build-7" }, machine],
    ["another account, as one machine of that name may have", { ...holder, user: "root" }, machine],
    ["machines and containers that share a name", holder, { ...machine, isNameShared: true }],
    ["an account without a name", { ...holder, user: "" }, { ...machine, user: undefined }],
  ])("may be of another: %s", (_, other, here) => {
    expect(isOfMachine(other, here)).toBe(false);
  });
});
