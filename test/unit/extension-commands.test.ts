import { generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { bundleFiles, makeSupx, writeBundleFolder, writeFiles } from "../support/bundles";
import { type CommandOptions, ROOT, runCommand } from "./command-support";

const extension = (args: readonly string[], options?: CommandOptions) => runCommand(["extension", ...args], options);
const FIXTURES = join(ROOT, "test/fixtures/extensions");
const ID = "acme-lab.hello-world";

/** A folder for one test. */
function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "extension-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe("pulumi-superset extension pack", () => {
  it("makes the same bytes of a development folder and of what Apache's own tool made of it", async () => {
    const cwd = makeFolder();
    writeBundleFolder(join(cwd, "hello"), bundleFiles());
    writeFileSync(join(cwd, "apache.supx"), makeSupx(bundleFiles()));
    for (const name of ["one", "two"]) mkdirSync(join(cwd, name));
    const { code, stdout } = await extension(["pack", "hello", "-o", "one"], { cwd });
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^acme-lab\.hello-world 0\.1\.0: one\/acme-lab\.hello-world-0\.1\.0\.supx \(1\.1 KB, 4 files\)\nchecksum [0-9a-f]{64}\n$/,
    );
    expect(await extension(["pack", "apache.supx", "-o", "two/any.supx"], { cwd })).toMatchObject({ code: 0 });
    const [one, two] = [join(cwd, "one", `${ID}-0.1.0.supx`), join(cwd, "two/any.supx")].map((file) =>
      readFileSync(file),
    );
    expect(one?.equals(two ?? Buffer.alloc(0))).toBe(true);
  });

  it("refuses where another version of it lies beside the result, and writes nothing", async () => {
    const cwd = makeFolder();
    cpSync(join(FIXTURES, "hello-world-0.1.0.supx"), join(cwd, "old.supx"));
    const { code, stderr } = await extension(["pack", join(FIXTURES, "hello-world-0.2.0.supx")], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain("old.supx (0.1.0)");
    expect(readdirSync(cwd)).toEqual(["old.supx"]);
  });

  it("refuses a bundle with errors and names all of them", async () => {
    const cwd = makeFolder();
    const { "manifest.json": _, ...files } = bundleFiles();
    writeBundleFolder(join(cwd, "hello"), { ...files, "README.md": "# Hello" });
    const { code, stderr } = await extension(["pack", "hello"], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain("[manifest-missing]");
    expect(stderr).toContain("[entry-stray]");
    expect(readdirSync(cwd)).toEqual(["hello"]);
  });

  it.each([
    [["pack", "nowhere"], "extension/path-missing"],
    [["pack", "."], "extension/not-one"],
    [["pack", join(FIXTURES, "hello-world-0.1.0.supx"), "-o", "none/there"], "extension/output-invalid"],
    [["pack", join(FIXTURES, "hello-world-0.1.0.supx"), "-o", "bundle.zip"], "extension/output-invalid"],
    [["diff", ".", "nowhere"], "extension/path-missing"],
    [["list", "--target", "~/extensions"], "delivery/address-invalid"],
    [["list", "--target", "s3:/bucket/live"], "delivery/address-invalid"],
    [["sign", join(FIXTURES, "hello-world-0.1.0.supx")], "extension/key-missing"],
    [["sign", join(FIXTURES, "hello-world-0.1.0.supx"), "--key-env", "NO_KEY"], "extension/key-missing"],
    [["rollback", ID], "--target"],
    [["upsert", "--lock-timeout", "soon"], "number of seconds"],
  ])("%j is bad usage", async (args, message) => {
    const { code, stderr, stdout } = await extension(args, { cwd: makeFolder() });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });
});

describe("pulumi-superset extension validate", () => {
  it("finds nothing in the bundles of Apache's own tool", async () => {
    const files = ["0.1.0", "0.2.0"].map((version) => join(FIXTURES, `hello-world-${version}.supx`));
    const { code, stdout, stderr } = await extension(["validate", ...files]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toMatch(/^no findings in 2 bundles/);
  });

  it("names what is wrong in a folder of bundles, with what to do, and as annotations", async () => {
    const cwd = makeFolder();
    writeFiles(cwd, { "one.supx": makeSupx(bundleFiles(), [{ name: "frontend/", content: "" }]) });
    const { code, stdout } = await extension(["validate"], { cwd });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^one\.supx\n {2}error: .*frontend\/.*\n? .*\[entry-directory\]/);
    expect(stdout).toContain("to do: Pack without them");
    const { stdout: annotations } = await extension(["validate", "--format", "github"], { cwd });
    expect(annotations).toMatch(/^::error file=one\.supx,title=entry-directory::/);
  });

  it("prints JSON with checksums that are those of the packed bundle", async () => {
    const cwd = makeFolder();
    writeBundleFolder(join(cwd, "hello"), bundleFiles());
    const { stdout: packed } = await extension(["pack", "hello", "--json"], { cwd });
    const { stdout } = await extension(["validate", join(cwd, "hello"), "--json"], { cwd });
    const { version, bundles, findings } = JSON.parse(stdout);
    expect({ version, findings }).toEqual({ version: 1, findings: [] });
    expect(bundles[0].checksums).toEqual(JSON.parse(packed).bundle.checksums);
  });
});

describe("pulumi-superset extension sign", () => {
  it("signs content: what was packed again is still signed, what was changed is not", async () => {
    const cwd = makeFolder();
    const { privateKey, publicKey } = generateKeyPairSync("ed25519");
    const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    writeFileSync(join(cwd, "public.pem"), publicKey.export({ type: "spki", format: "pem" }));
    writeFileSync(join(cwd, "one.supx"), makeSupx(bundleFiles()));
    const signed = await extension(["sign", "one.supx", "--key-env", "SIGNING_KEY"], {
      cwd,
      env: { SIGNING_KEY: pem },
    });
    expect(signed).toMatchObject({ code: 0, stdout: expect.stringMatching(/: one\.supx\.sig\n$/) });
    expect(readdirSync(cwd).sort()).toEqual(["one.supx", "one.supx.sig", "public.pem"]);
    const check = () => extension(["validate", "one.supx", "--require-signature", "public.pem"], { cwd });
    expect((await extension(["pack", "one.supx", "-o", "one.supx"], { cwd })).code).toBe(0);
    expect(await check()).toMatchObject({ code: 0 });
    writeFileSync(join(cwd, "one.supx"), makeSupx(bundleFiles({ description: "another one" })));
    const wrong = await check();
    expect(wrong).toMatchObject({ code: 3, stdout: expect.stringContaining("extension/signature-wrong") });
    expect(wrong.stderr).toContain("1 error in 1 bundle");
    rmSync(join(cwd, "one.supx.sig"));
    const annotated = ["validate", "one.supx", "--require-signature", "public.pem", "--format", "github"];
    expect(await extension(annotated, { cwd })).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(/^::error file=one\.supx,.*has no signature/),
    });
  });

  it("of another content does not stay beside a bundle that is packed in its place", async () => {
    const cwd = makeFolder();
    mkdirSync(join(cwd, "out"));
    writeFileSync(join(cwd, "out/it.supx"), makeSupx(bundleFiles()));
    writeFileSync(join(cwd, "out/it.supx.sig"), "of the one before");
    writeFileSync(join(cwd, "two.supx"), makeSupx(bundleFiles({ version: "0.2.0" })));
    const packed = await extension(["pack", "two.supx", "-o", "out/it.supx"], { cwd });
    expect(packed).toMatchObject({ code: 0, stderr: expect.stringContaining("sign the bundle again") });
    expect(readdirSync(join(cwd, "out"))).toEqual(["it.supx"]);
  });

  it("signs nothing where one of several cannot be signed, and no output has the key", async () => {
    const cwd = makeFolder();
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(join(cwd, "private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(join(cwd, "one.supx"), makeSupx(bundleFiles()));
    writeFileSync(join(cwd, "two.supx"), "no ZIP file");
    const { code, stderr } = await extension(["sign", "one.supx", "two.supx", "--key", "private.pem"], { cwd });
    expect({ code, written: existsSync(join(cwd, "one.supx.sig")) }).toEqual({ code: 3, written: false });
    expect(stderr).not.toContain("PRIVATE KEY");
  });
});

describe("pulumi-superset extension diff, list and rollback", () => {
  it("say what a delivery would change, what is there, and what was there before", async () => {
    const cwd = makeFolder();
    const bundles = join(cwd, "bundles");
    mkdirSync(bundles);
    const put = (version: string) => cpSync(join(FIXTURES, `hello-world-${version}.supx`), join(bundles, "hello.supx"));
    put("0.1.0");
    expect(await extension(["diff", "live", "bundles"], { cwd })).toMatchObject({
      code: 7,
      stdout: `+ ${ID} 0.1.0\n1 added, 0 removed, 0 changed, 0 the same\n`,
    });
    await extension(["upsert", "--from", "bundles", "--target", "live"], { cwd });
    expect((await extension(["diff", "live", "bundles"], { cwd })).code).toBe(0);
    put("0.2.0");
    const { stdout } = await extension(["diff", "live", "bundles"], { cwd });
    expect(stdout).toMatch(/^~ acme-lab\.hello-world 0\.1\.0 → 0\.2\.0: manifest, frontend\n {4}\+ frontend\/dist\//);
    await extension(["upsert", "--from", "bundles", "--target", "live"], { cwd });
    const listed = await extension(["list", "--target", "live"], { cwd });
    expect(listed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/\nacme-lab\.hello-world +0\.2\.0 +as delivered +0\.1\.0 /),
    });

    const back = await extension(["rollback", ID, "--target", "live"], { cwd });
    expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining(`${ID}: 0.2.0 → 0.1.0 on `) });
    const next = await extension(["upsert", "--from", "bundles", "--target", "live"], { cwd });
    expect(next.stdout).toMatch(/^INFO - .*rolled back to 0\.1\.0/);
    expect(next.stdout).toContain("Updated: 0, Skipped: 1");

    writeFileSync(join(cwd, "live", `${ID}.supx`), makeSupx(bundleFiles({ version: "9.9.9" })));
    const changed = await extension(["list", "--target", "live", "--json"], { cwd });
    expect(changed.code).toBe(7);
    expect(JSON.parse(changed.stdout).extensions).toMatchObject([{ id: ID, version: "0.1.0", state: "changed" }]);
  });

  it("refuse what cannot be brought back: no version before, or no such extension; that makes no target", async () => {
    const cwd = makeFolder();
    cpSync(join(FIXTURES, "hello-world-0.1.0.supx"), join(cwd, "hello.supx"));
    await extension(["upsert", "--from", ".", "--target", "live"], { cwd });
    const back = await extension(["rollback", ID, "--target", "live"], { cwd });
    expect(back).toMatchObject({ code: 3, stderr: expect.stringContaining("delivery/no-previous") });
    for (const verb of ["rollback", "remove"])
      expect(await extension([verb, ID, "--target", "elsewhere"], { cwd })).toMatchObject({
        code: 3,
        stderr: expect.stringContaining("extension/not-delivered"),
      });
    expect(existsSync(join(cwd, "elsewhere"))).toBe(false);
  });
});
