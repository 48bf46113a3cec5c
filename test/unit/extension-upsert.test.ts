import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import { bundleOf, makeSupx, writeBundleFolder } from "../support/bundles";
import { type CommandOptions, ROOT, runCommand } from "./command-support";

const IDS = ["acme-lab.clock", "acme-lab.map", "other.clock"];
const SUMMARY = "Extension update check completed successfully.";

/** Three sound bundles in a folder, one of them a development folder, and a target that is not there yet. */
function makePlace() {
  const root = mkdtempSync(join(tmpdir(), "upsert-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const [bundles, target] = [join(root, "bundles"), join(root, "live")];
  mkdirSync(bundles);
  const put = (id: string, version = "0.1.0") =>
    writeFileSync(join(bundles, `${id}.supx`), makeSupx(bundleOf(id, version)));
  const [first = "", second = "", third = ""] = IDS;
  put(first);
  put(second);
  writeBundleFolder(join(bundles, "clock"), bundleOf(third));
  return { root, bundles, target, put };
}

type Place = ReturnType<typeof makePlace>;

const upsert = ({ bundles, target }: Place, args: readonly string[] = [], env: object = {}) =>
  run(["--target", target, ...args], { env: { SUPERSET_EXTENSIONS_PATH: bundles, ...env } });

async function run(args: readonly string[], options: CommandOptions = {}) {
  const { code, stdout, stderr } = await runCommand(["extension", "upsert", ...args], options);
  return { code, stderr, lines: stdout.split("\n").slice(0, -1) };
}

/** What lies where Superset reads. */
const listLive = ({ target }: Place) => readdirSync(target).filter((name) => name.endsWith(".supx"));

describe("pulumi-superset extension upsert", () => {
  it("ends with the counts, in exactly the form that the document shows", async () => {
    const place = makePlace();
    const first = await upsert(place);
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.lines.at(-1)).toBe(`${SUMMARY} Discovered: 3, Updated: 3, Skipped: 0, Errors: 0`);
    expect(listLive(place)).toEqual(IDS.map((id) => `${id}.supx`));
    place.put("acme-lab.map", "0.2.0");
    const second = await upsert(place);
    expect(second.lines).toEqual([
      "INFO - acme-lab.map 0.2.0: delivered, in the place of 0.1.0.",
      `${SUMMARY} Discovered: 3, Updated: 1, Skipped: 2, Errors: 0`,
    ]);
  });

  it("is skipped with a line that says so where no folder is named, also by an empty variable", async () => {
    const skipped = await run(["--strict"], { env: { SUPERSET_EXTENSIONS_PATH: "" } });
    expect(skipped).toEqual({
      code: 0,
      stderr: "",
      lines: [expect.stringMatching(/^INFO - .*SUPERSET_EXTENSIONS_PATH.*skipped/)],
    });
  });

  it("warns where the folder is not there, and goes on; --strict fails", async () => {
    const env = { SUPERSET_EXTENSIONS_PATH: "/nowhere/at/all" };
    const told = await run(["--target", "/nowhere/else"], { env });
    expect(told).toEqual({
      code: 0,
      stderr: "",
      lines: [expect.stringMatching(/^WARNING - .*\/nowhere\/at\/all.*skipped/)],
    });
    expect((await run(["--target", "/nowhere/else", "--strict"], { env })).code).not.toBe(0);
  });

  it("tells DEBUG with --log-level debug, and nothing but warnings with warning", async () => {
    const place = makePlace();
    await upsert(place);
    const { lines } = await upsert(place, ["--log-level", "debug"]);
    expect(lines).toContain("DEBUG - acme-lab.map 0.1.0: unchanged.");
    expect(lines.at(-1)).toBe(`${SUMMARY} Discovered: 3, Updated: 0, Skipped: 3, Errors: 0`);
    expect((await upsert(place, ["--log-level", "warning"])).lines).toEqual([]);
  });

  it("prints JSON on stdout with --json, and the log on stderr", async () => {
    const place = makePlace();
    const { stderr, lines } = await upsert(place, ["--json"]);
    const report = JSON.parse(lines.join("\n"));
    expect(report).toMatchObject({ version: 1, discovered: 3, updated: 3, skipped: 0, errors: 0, problems: [] });
    expect(report.extensions).toHaveLength(3);
    expect(report.extensions[0]).toMatchObject({ id: "acme-lab.clock", version: "0.1.0", result: "updated" });
    expect(stderr.split("\n").at(-2)).toBe(`${SUMMARY} Discovered: 3, Updated: 3, Skipped: 0, Errors: 0`);
  });
});

describe("what goes wrong in an upsert", () => {
  it("a bundle that is not sound is a WARNING, and the others are delivered; --strict fails", async () => {
    const place = makePlace();
    writeFileSync(join(place.bundles, "broken.supx"), "this is no ZIP file");
    const { code, lines } = await upsert(place);
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^WARNING - .*broken\.supx.*\[zip-invalid\]/));
    expect(lines.at(-1)).toBe(`${SUMMARY} Discovered: 4, Updated: 3, Skipped: 0, Errors: 1`);
    expect((await upsert(place, ["--strict"])).code).toBe(1);
  });

  it("two bundles of one id are both refused, with both paths", async () => {
    const place = makePlace();
    writeFileSync(join(place.bundles, "map-2.supx"), makeSupx(bundleOf("acme-lab.map", "0.2.0")));
    const { lines } = await upsert(place);
    const told = lines.filter((line) => line.startsWith("WARNING"));
    expect(told.join()).toContain("/acme-lab.map.supx");
    expect(told.join()).toContain("/map-2.supx");
    expect(listLive(place)).toEqual(["acme-lab.clock.supx", "other.clock.supx"]);
  });

  it("an extension whose lock is held is skipped with an INFO line, and the others are delivered", async () => {
    const place = makePlace();
    const lease = await openTarget(place.target).lock(lockNameOf("acme-lab.map"), 1000);
    const { code, lines } = await upsert(place, ["--strict"], { EXTENSION_STARTUP_LOCK_TIMEOUT: "0.2" });
    await lease?.release();
    expect(lease).toBeDefined();
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^INFO - acme-lab\.map 0\.1\.0: .*0\.2 s; skipped/));
    expect(lines.at(-1)).toBe(`${SUMMARY} Discovered: 3, Updated: 2, Skipped: 1, Errors: 0`);
  });

  it("an extension that cannot be written is an ERROR, and the others are delivered; --strict fails", async () => {
    const place = makePlace();
    mkdirSync(join(place.target, "acme-lab.map.supx", "in-the-way"), { recursive: true });
    const { code, lines } = await upsert(place);
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^ERROR - acme-lab\.map 0\.1\.0: /));
    expect(lines.at(-1)).toBe(`${SUMMARY} Discovered: 3, Updated: 2, Skipped: 0, Errors: 1`);
    expect((await upsert(place, ["--strict"])).code).toBe(1);
  });

  it("what stops all of it is a WARNING, and exit code 0", async () => {
    const place = makePlace();
    const wrong = await run(["--from", place.bundles, "--target", join(place.bundles, "acme-lab.map.supx")]);
    expect(wrong.code).toBe(0);
    expect(wrong.lines).toEqual([expect.stringMatching(/^WARNING - .*skipped\.$/)]);
    const strict = await run([
      "--from",
      place.bundles,
      "--target",
      join(place.bundles, "acme-lab.map.supx"),
      "--strict",
    ]);
    expect(strict.code).not.toBe(0);
  });

  it("a time that is none is a WARNING, and the default is used", async () => {
    const { code, lines } = await upsert(makePlace(), [], { EXTENSION_STARTUP_LOCK_TIMEOUT: "soon" });
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^WARNING - EXTENSION_STARTUP_LOCK_TIMEOUT is "soon".*30 is used/);
    expect(lines.at(-1)).toContain("Updated: 3");
  });

  it("without its public key nothing is delivered", async () => {
    const place = makePlace();
    const { code, lines } = await upsert(place, ["--require-signature", join(place.root, "gone.pem")]);
    expect({ code, lines }).toEqual({ code: 0, lines: [expect.stringMatching(/^WARNING - .*gone\.pem.*skipped\.$/)] });
    expect(() => listLive(place)).toThrow();
  });

  it("an unsigned bundle is an ERROR where signatures are required; a signed one is delivered", async () => {
    const place = makePlace();
    const [key, publicKey] = [join(place.root, "private.pem"), join(place.root, "public.pem")];
    const pair = generateKeyPairSync("ed25519");
    writeFileSync(key, pair.privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(publicKey, pair.publicKey.export({ type: "spki", format: "pem" }));
    await runCommand(["extension", "sign", join(place.bundles, "acme-lab.map.supx"), "--key", key]);
    const { lines } = await upsert(place, ["--require-signature", publicKey]);
    expect(lines).toContainEqual(expect.stringMatching(/^ERROR - acme-lab\.clock 0\.1\.0: .*\[extension\/unsigned\]/));
    expect(lines.at(-1)).toBe(`${SUMMARY} Discovered: 3, Updated: 1, Skipped: 0, Errors: 2`);
    expect(listLive(place)).toEqual(["acme-lab.map.supx"]);
  });
});

describe("examples/extensions/entrypoint.sh", () => {
  const SCRIPT = join(ROOT, "examples/extensions/entrypoint.sh");

  /** Runs the script with a command of this name, and starts `echo` in the place of Superset. */
  function start(command: string | undefined, env: object = {}): string {
    const folder = mkdtempSync(join(tmpdir(), "entrypoint-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    if (command !== undefined) {
      writeFileSync(join(folder, "pulumi-superset"), `#!/bin/sh\n${command}\n`);
      chmodSync(join(folder, "pulumi-superset"), 0o755);
    }
    const PATH = [folder, "/usr/bin", "/bin", dirname(process.execPath)].join(delimiter);
    return execFileSync("sh", [SCRIPT, "echo", "Superset", "starts"], {
      encoding: "utf8",
      env: { ...env, PATH },
      stdio: ["ignore", "pipe", "ignore"],
    });
  }

  it("brings the extensions up to date, then starts Superset", () => {
    const place = makePlace();
    const program = join(ROOT, "provider/bin/pulumi-superset.cjs");
    const output = start(`exec '${process.execPath}' '${program}' "$@"`, {
      SUPERSET_EXTENSIONS_PATH: place.bundles,
      SUPERSET_EXTENSIONS_TARGET: place.target,
    });
    expect(output.split("\n").slice(-3)).toEqual([
      `${SUMMARY} Discovered: 3, Updated: 3, Skipped: 0, Errors: 0`,
      "Superset starts",
      "",
    ]);
  });

  it.each([
    ["fails", "exit 3"],
    ["is not there", undefined],
    ["hangs", "sleep 60"],
  ])("starts Superset where the command %s", (_, command) => {
    expect(start(command, { EXTENSION_STARTUP_TIMEOUT: "0.2" })).toBe("Superset starts\n");
  });

  it("the configuration beside it reads the folder that upsert writes", () => {
    const config = readFileSync(join(ROOT, "examples/extensions/superset_config.py"), "utf8");
    expect(config).toContain('FEATURE_FLAGS = {"ENABLE_EXTENSIONS": True}');
    expect(config).toContain('EXTENSIONS_PATH = os.environ.get("SUPERSET_EXTENSIONS_TARGET")');
  });
});
