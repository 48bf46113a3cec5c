import { join } from "node:path";
import { createIdleStack } from "./idle-stack.mjs";
import { counted, databaseNames, makeStack, median, summarise } from "./measure.mjs";

/**
 * A refresh of a whole corpus on which nothing drifted, against one inventory read and against the refresh of a stack of
 * the same size whose hooks do nothing.
 * @param {import("./measure.mjs").Bench} bench
 * @param {import("./corpus.mjs").Corpus} corpus
 */
export async function measureRefresh(bench, corpus) {
  const { step, target, rounds } = bench;
  await target.reset(databaseNames(corpus));
  const stack = await makeStack(bench, corpus, "refresh");
  await step("deployment to refresh", () => stack.deploy());
  const folder = join(bench.folder, "refresh-idle");
  const idle = await createIdleStack({ folder, bin: bench.bin, resources: stack.resources() });
  await step("the stack whose hooks do nothing", () => idle.up());
  const runs = { idle: [], refresh: [], idleCheck: [], check: [] };
  const inventory = [];
  for (let round = 1; round <= rounds; round += 1) {
    const title = (what) => `${what}, ${round} of ${rounds}`;
    inventory.push(await step(title("one inventory read"), () => target.readInventory()));
    runs.idle.push(await step(title("hooks that do nothing: refresh"), () => idle.refresh()));
    runs.refresh.push(await step(title("nothing drifted: refresh"), () => counted(bench, () => stack.refresh())));
    const check = { program: true };
    runs.idleCheck.push(await step(title("hooks that do nothing: drift check"), () => idle.refresh(check)));
    runs.check.push(
      await step(title("nothing drifted: drift check"), () => counted(bench, () => stack.refresh(check))),
    );
  }
  const { idle: idleRuns, refresh, idleCheck, check } = runs;
  return {
    inventory: median(inventory),
    plain: { idle: summarise(idleRuns), refresh: summarise(refresh) },
    check: { idle: summarise(idleCheck), refresh: summarise(check) },
  };
}
