import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readContent } from "../support/server-content";
import { type TestServer, useSecondSuperset, useSuperset } from "../support/servers";
import { createTwoStacks, type TwoStacks } from "../support/two-stacks";

let production: TestServer;
let stacks: TwoStacks;

beforeAll(async () => {
  const qa = await useSuperset();
  production = await useSecondSuperset();
  stacks = await createTwoStacks({ qa, production });
  expect(await stacks.project.deploy()).toMatchObject({ code: 0 });
});
afterAll(() => stacks?.remove());

const run = (command: string, word: string, ...args: string[]) =>
  stacks.project.command([command, "--yes", "--confirm", word, ...args]);

it("the first promotion to an empty server can be rolled back: all that it made is gone, and it can be made again", async () => {
  expect(await run("promote", "PROMOTE")).toMatchObject({ code: 0 });
  expect((await readContent(production)).assets).toHaveLength(18);
  const { code, output } = await run("rollback", "ROLLBACK");
  expect({ code, output }).toMatchObject({ code: 0 });
  expect(output).toContain("- 18 deleted");
  expect((await readContent(production)).assets).toEqual([]);
  stacks.commit("Manifests");
  const again = await run("promote", "PROMOTE");
  expect(again, again.output).toMatchObject({ code: 0 });
  expect((await readContent(production)).assets).toHaveLength(18);
  expect(readdirSync(join(stacks.project.folder, "promotions/production"))).toHaveLength(3);
});
