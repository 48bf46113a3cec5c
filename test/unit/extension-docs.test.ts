import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import JSZip from "jszip";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleOf, writeBundleFolder, writeFiles } from "../support/bundles";
import { DocPage } from "../support/doc-page";
import { ROOT, runCommand } from "./command-support";

const PAGE = join(ROOT, "docs/extensions.md");
const HELLO = "acme-lab.hello-world";

let place: string;

beforeAll(() => {
  place = mkdtempSync(join(tmpdir(), "extension-docs-"));
  mkdirSync(join(place, "app/extensions"), { recursive: true });
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

const packed = (version: string) => join(ROOT, `test/fixtures/extensions/hello-world-${version}.supx`);

/** What `superset-extensions build` leaves. */
async function unpack(version: string): Promise<void> {
  const archive = await JSZip.loadAsync(readFileSync(packed(version)));
  const files = Object.values(archive.files).map(async (file) => [file.name, await file.async("nodebuffer")] as const);
  writeFiles(join(place, "hello-world/dist"), Object.fromEntries(await Promise.all(files)));
}

it("docs/extensions.md shows what the commands print; `vitest -u` writes it anew", async () => {
  const page = new DocPage(PAGE, (text) => text.replaceAll(place, "").replace(/\(\d+\.\d s\)/, "(0.1 s)"));
  const target = join(place, "app/extensions");
  const environment = { SUPERSET_EXTENSIONS_PATH: "bundles", SUPERSET_EXTENSIONS_TARGET: target };
  const run = async (words: string, program = "npx pulumi-superset") => {
    const args = ["extension", ...words.replace("/app/extensions", target).split(" ")];
    const { stdout, stderr } = await runCommand(args, { cwd: place, env: { ...environment, COLUMNS: "80" } });
    return `$ ${program} extension ${words}\n${(stdout + stderr).trimEnd()}`;
  };
  await unpack("0.1.0");
  page.fill("console", await run("validate hello-world"));
  page.fill("console", await run("pack hello-world --output bundles"));
  await run("upsert");
  rmSync(join(place, "bundles"), { recursive: true });
  cpSync(packed("0.2.0"), join(place, "bundles/hello-world.supx"));
  page.fill("console", await run("diff /app/extensions bundles"));
  for (const name of ["chat", "clock"]) writeBundleFolder(join(place, "others", name), bundleOf(`acme-lab.${name}`));
  await run("upsert --from others");
  cpSync(join(place, "others"), join(place, "bundles"), { recursive: true });
  const upserted = await run("upsert", "pulumi-superset");
  page.fill("console", await run("list --target /app/extensions"));
  page.fill("console", upserted);
  page.fill("console", await run(`rollback ${HELLO} --target /app/extensions`));
  await expect(page.text).toMatchFileSnapshot(PAGE);
});
