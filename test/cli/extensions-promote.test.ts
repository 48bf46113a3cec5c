import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundleOf, writeBundleFolder } from "../support/bundles";
import { ROOT } from "../support/pulumi-project";
import { listServed } from "../support/served-extensions";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

/** A program that has dashboards and an extension, on two servers. */

const PANEL = "acme.panel";

let qa: TestServer;
let production: TestServer;
let stacks: TwoStacks;

beforeAll(async () => {
  [qa, production] = await Promise.all([useSuperset(), useSecondSuperset()]);
  stacks = await createTwoStacks({ qa, production }, join(ROOT, "test/fixtures/extensions-program"));
  for (const [name, server] of Object.entries({ qa, production })) {
    const extensions = { target: server.extensions, confirmSeconds: 5 };
    stacks.configure(name as "qa" | "production", { extensions });
  }
  mkdirSync(join(stacks.project.folder, "extensions"));
  provide("1.0.0");
  const up = await stacks.project.up();
  expect(up.code, up.output).toBe(0);
});
afterAll(async () => {
  stacks?.remove();
  await Promise.all([qa?.empty(), production?.empty()]);
});

function provide(version: string): void {
  writeBundleFolder(join(stacks.project.folder, "panel"), bundleOf(PANEL, version));
  stacks.commit(`The panel ${version}`);
}

const promote = (...args: string[]) => stacks.project.command(["promote", ...args]);

it("a promotion shows extensions in its plan, delivers them with the assets, and notes them", async () => {
  const planned = await promote("--dry-run");
  expect(planned).toMatchObject({ code: 7, stdout: expect.stringContaining('extension "acme.panel 1.0.0": create') });
  expect(await listServed(production)).toEqual([]);
  const promoted = await promote("--yes", "--confirm", "PROMOTE");
  expect(promoted, promoted.output).toMatchObject({ code: 0 });
  expect(await listServed(production)).toEqual(await listServed(qa));
  expect(await promote("--dry-run")).toMatchObject({ code: 0, output: expect.stringContaining("nothing to do") });
});

it("a rollback names the extensions that it leaves, with what brings back their version before", async () => {
  provide("1.1.0");
  stacks.edit("charts/monthly-revenue.yaml", /slice_name: .*/, "slice_name: A mistake");
  stacks.commit("A mistake");
  const promoted = await promote("--yes", "--confirm", "PROMOTE", "--force");
  expect(promoted, promoted.output).toMatchObject({ code: 0 });
  expect(await listServed(production)).toEqual([`${PANEL} 1.1.0`]);
  const { code, output } = await stacks.project.command(["rollback", "--yes", "--confirm", "ROLLBACK"]);
  expect(code, output).toBe(0);
  expect(output).toContain(
    "Extensions are no part of a rollback. These stay as they are:\n  acme.panel 1.1.0 (update: ",
  );
  expect(await listServed(production)).toEqual([`${PANEL} 1.1.0`]);
  expect(await production.query("SELECT 1 FROM slices WHERE slice_name = 'A mistake'")).toEqual([]);
});
