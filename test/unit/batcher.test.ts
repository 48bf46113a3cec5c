import { describe, expect, it } from "vitest";
import { Batcher } from "../../provider/src/core/batcher";

/** A batcher that doubles numbers and records what it was asked for together. */
function doubling(maxItems = 100, run?: (items: readonly number[]) => Promise<readonly number[]>) {
  const batches: number[][] = [];
  const batcher = new Batcher<number, number>({
    quietMs: 1,
    maxItems,
    run: async (items) => {
      batches.push([...items]);
      return run === undefined ? items.map((item) => item * 2) : run(items);
    },
  });
  return { batcher, batches };
}

describe("calls that arrive together", () => {
  it("become one, and each gets its own result", async () => {
    const { batcher, batches } = doubling();
    expect(await Promise.all([1, 2, 3].map((item) => batcher.add(item)))).toEqual([2, 4, 6]);
    expect(batches).toEqual([[1, 2, 3]]);
  });

  it("are split where they are too many, and none is lost", async () => {
    const { batcher, batches } = doubling(2);
    expect(await Promise.all([1, 2, 3, 4, 5].map((item) => batcher.add(item)))).toEqual([2, 4, 6, 8, 10]);
    expect(batches).toEqual([[1, 2], [3, 4], [5]]);
  });

  it("never run at the same time as the ones before", async () => {
    let running = 0;
    let most = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { batcher, batches } = doubling(100, async (items) => {
      most = Math.max(most, ++running);
      if (items.includes(1)) await held;
      running--;
      return items;
    });
    const first = batcher.add(1);
    await expect.poll(() => batches.length).toBe(1);
    const later = Promise.all([batcher.add(2), batcher.add(3)]);
    release();
    expect([await first, await later]).toEqual([1, [2, 3]]);
    expect(batches).toEqual([[1], [2, 3]]);
    expect(most).toBe(1);
  });

  it("all hear of a failure, and the next ones are not hurt by it", async () => {
    const { batcher } = doubling(100, async (items) => {
      if (items.includes(13)) throw new Error("bad luck");
      return items;
    });
    const failed = await Promise.allSettled([batcher.add(13), batcher.add(14)]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await batcher.add(15)).toBe(15);
  });
});
