import { describe, expect, test } from "vitest";
import { canonicalise, canonicaliseWithMarks } from "../../provider/src/assets/canonical";
import { renderForImport } from "../../provider/src/assets/render";
import {
  dropRetained,
  type ItemMark,
  MARK_KEY,
  markItem,
  readMark,
  restoreItem,
} from "../../provider/src/assets/retained-mark";
import type { Mapping } from "../../provider/src/assets/values";

const BY = "CAST(NULL AS BIGINT)";

/** An item, the mark that it gets, and what a merge makes of its expression. */
const MARKED: readonly [string, Mapping, ItemMark][] = [
  ["a column of the table", { column_name: "a" }, { replaced: { original: null, by: BY } }],
  ["a calculated column", { column_name: "a", expression: "b + c" }, { replaced: { original: "b + c", by: BY } }],
  ["an item with an extra of its own", { column_name: "a", extra: { warning_markdown: "x" } }, { retained: true }],
  ["a metric that was kept", { metric_name: "m", expression: "SUM(a)" }, { retained: true }],
];

describe("the mark of a column or metric", () => {
  test.each(MARKED)("is read again and leaves nothing behind: %s", (_, item, mark) => {
    const sent = { ...markItem(item, mark), ...(mark.replaced && { expression: mark.replaced.by }) };
    expect(readMark(sent)).toEqual(mark);
    expect(restoreItem(sent)).toEqual(item);
    expect(restoreItem(item)).toBe(item);
  });

  test("keeps an expression that somebody changed since", () => {
    const changed = markItem({ metric_name: "m", expression: "MAX(b)" }, { replaced: { original: "SUM(a)", by: BY } });
    expect(restoreItem(changed)).toEqual({ metric_name: "m", expression: "MAX(b)" });
  });

  test.each([[undefined], [null], ["text"], [{ retained: "yes" }], [{ replaced: { by: 1 } }]])(
    "that is damaged is none, and goes: %j",
    (damaged) => {
      const item = { metric_name: "m", expression: BY, extra: { [MARK_KEY]: damaged } };
      expect(readMark(item)).toBeUndefined();
      expect(restoreItem(item)).toEqual({ metric_name: "m", expression: BY });
    },
  );
});

describe("a dataset with marks", () => {
  const own = { column_name: "own", expression: BY };
  const document = {
    table_name: "t",
    columns: [
      {
        ...markItem({ column_name: "gone" }, { retained: true, replaced: { original: null, by: BY } }),
        expression: BY,
      },
      { column_name: "stays", extra: JSON.stringify({ certification: {} }) },
      own,
    ],
    metrics: [
      markItem({ metric_name: "kept", expression: "MAX(b)" }, { retained: true }),
      // As older exports have it: text.
      {
        metric_name: "total",
        expression: BY,
        extra: JSON.stringify({ [MARK_KEY]: { replaced: { original: "SUM(gone)", by: BY } } }),
      },
    ],
  };
  const stated = {
    table_name: "t",
    version: "1.0.0",
    columns: [own, { column_name: "stays", extra: { certification: {} } }],
    metrics: [{ metric_name: "total", expression: "SUM(gone)" }],
  };

  test("is to a definition what it was before the merge", () => {
    expect(canonicalise("dataset", document)).toEqual(stated);
    const emptied = { columns: document.columns.slice(0, 1), metrics: document.metrics.slice(0, 1) };
    expect(canonicalise("dataset", emptied)).toEqual(canonicalise("dataset", {}));
  });

  test("is sent with them only where it was merged", () => {
    const render = (isMerged: boolean) =>
      renderForImport({ kind: "dataset", document }, { managed: false, isMerged }) as Record<string, Mapping[]>;
    const named = (items: Mapping[] = []) => items.map((item) => item.column_name ?? item.metric_name);
    const merged = render(true);
    expect([named(merged.columns), named(merged.metrics)]).toEqual([
      ["gone", "own", "stays"],
      ["kept", "total"],
    ]);
    expect(merged.columns?.[0]).toMatchObject({
      expression: BY,
      extra: { [MARK_KEY]: { retained: true } },
      type: null,
    });
    expect(merged.metrics?.[1]).toMatchObject({ expression: BY, warning_text: null });
    const plain = render(false);
    expect([named(plain.columns), named(plain.metrics)]).toEqual([["own", "stays"], ["total"]]);
    expect(plain.metrics?.[0]).toMatchObject({ expression: "SUM(gone)", extra: null });
  });

  test("is without what is kept, also where the marks are lost; a metric of the definition may have a kept column's name", () => {
    const bare = {
      columns: [{ column_name: "gone", expression: BY }, { column_name: "stays" }],
      metrics: [{ metric_name: "gone", expression: "COUNT(*)" }, { metric_name: "kept" }],
    };
    const stated = { columns: [{ column_name: "stays" }], metrics: [{ metric_name: "gone" }] };
    expect(dropRetained(bare, ["gone", "kept"], [stated, undefined])).toEqual({
      columns: [{ column_name: "stays" }],
      metrics: [{ metric_name: "gone", expression: "COUNT(*)" }],
    });
  });

  test("keeps them in the form that a merge reads", () => {
    const once = canonicaliseWithMarks("dataset", document);
    expect(canonicaliseWithMarks("dataset", once)).toEqual(once);
    expect(once.columns).toHaveLength(3);
  });
});
