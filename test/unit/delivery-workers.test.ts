import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import { type UpsertResult, upsertExtensions } from "../../provider/src/delivery/upsert";
import { makeFolder, readAsSuperset, writeExtension } from "../support/delivery";

/** Processes of their own: what the kernel does for them cannot be had inside one. */

const COMPILED = resolve(import.meta.dirname, "../../provider/dist/delivery");
const ID = "acme.panel";

/** All wait for the file `go`, so that they begin together. */
const WORKER = `
const { existsSync } = require("node:fs");
const { openTarget } = require(${JSON.stringify(COMPILED)} + "/open-target");
const { upsertExtensions } = require(${JSON.stringify(COMPILED)} + "/upsert");
const [discovery, folder, go] = process.argv.slice(1);
console.log("ready");
const begin = async () => {
  if (!existsSync(go)) return setImmediate(begin);
  const target = openTarget(folder);
  const result = await upsertExtensions({ discovery, target, lockTimeoutMs: 30_000, tell: () => undefined });
  console.log(JSON.stringify(result));
};
begin();
`;

/** Takes the lock, says so, and never gives it back. */
const HOLDER = `
const { openTarget } = require(${JSON.stringify(COMPILED)} + "/open-target");
openTarget(process.argv[1]).lock(process.argv[2], 0).then((lease) => {
  console.log(lease === undefined ? "refused" : "held");
  setInterval(() => lease?.assertHeld(), 1000);
});
`;

function start(program: string, ...args: string[]): ChildProcess & { stdout: NodeJS.ReadableStream } {
  const child = spawn(process.execPath, ["-e", program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("ten processes at once write each extension exactly once", async () => {
  const [discovery, parent] = [makeFolder(), makeFolder()];
  const ids = ["acme.one", "acme.two", "acme.three"];
  for (const id of ids) writeExtension(discovery, id, "1.0.0");
  const [folder, go] = [join(parent, "extensions"), join(parent, "go")];
  const workers = Array.from({ length: 10 }, () => start(WORKER, discovery, folder, go));
  const said = workers.map((worker) => text(worker.stdout));
  await Promise.all(workers.map((worker) => once(worker.stdout, "data")));
  writeFileSync(go, "");
  const results = (await Promise.all(said)).map((lines) => JSON.parse(lines.replace("ready\n", "")) as UpsertResult);
  const written = results.flatMap(({ extensions }) => extensions.filter(({ result }) => result === "updated"));
  expect(written.map(({ id }) => id).sort()).toEqual([...ids].sort());
  for (const { discovered, updated, skipped, errors } of results) {
    expect({ discovered, errors }).toEqual({ discovered: 3, errors: 0 });
    expect(updated + skipped).toBe(3);
  }
  expect(Object.values(await readAsSuperset(folder)).sort()).toEqual(ids.map((id) => `${id} 1.0.0`).sort());
  expect(readdirSync(join(folder, ".pulumi-superset")).sort()).toEqual(
    [...ids.map((id) => `${id}.json`), "locks", "work"].sort(),
  );
});

test("a lock keeps others out as long as its holder lives, and is free when it was killed", async () => {
  const folder = makeFolder();
  const target = openTarget(folder);
  const name = lockNameOf(ID);
  const holder = start(HOLDER, folder, name);
  const [first] = await once(createInterface(holder.stdout), "line");
  expect(first).toBe("held");
  expect(await target.lock(name, 200)).toBeUndefined();
  const other = await target.lock(lockNameOf("acme.other"), 0);
  expect(other).toBeDefined();
  await other?.release();
  // A paused process is alive: what it was about to rename, it renames when it goes on.
  holder.kill("SIGSTOP");
  expect(await target.lock(name, 200)).toBeUndefined();
  const waiting = target.lock(name, 20_000);
  holder.kill("SIGKILL");
  const lease = await waiting;
  expect(lease).toBeDefined();
  expect(await openTarget(folder).lock(name, 0)).toBeUndefined();
  await lease?.release();
  const again = await target.lock(name, 0);
  expect(again).toBeDefined();
  // Somebody cleans up by hand: another would get a lock on a new file.
  rmSync(join(folder, ".pulumi-superset"), { recursive: true });
  expect(() => again?.assertHeld()).toThrow("[delivery/lock-lost]");
  await again?.release();
});

test("who is killed while delivering leaves the lock, and the next one ends the work", async () => {
  const [discovery, parent] = [makeFolder(), makeFolder()];
  writeExtension(discovery, ID, "1.0.0", "x".repeat(8_000_000));
  const [folder, go] = [join(parent, "extensions"), join(parent, "go")];
  const worker = start(WORKER, discovery, folder, go);
  await once(worker.stdout, "data");
  writeFileSync(go, "");
  const target = openTarget(folder);
  await expect.poll(() => readdirSync(parent), { interval: 1 }).toContain("extensions");
  worker.kill("SIGKILL");
  await once(worker, "exit");
  const lines: string[] = [];
  const tell = (level: string, line: string) => void lines.push(`${level} ${line}`);
  await upsertExtensions({ discovery, target, lockTimeoutMs: 0, tell });
  expect(lines.join("\n")).not.toContain("ERROR");
  expect(await target.read(ID)).toMatchObject({ version: "1.0.0", state: "intact" });
  expect(Object.keys(await readAsSuperset(folder))).toEqual([`${ID}.supx`]);
});
