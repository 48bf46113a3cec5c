import { expect, it } from "vitest";
import { withoutInherited } from "../../provider/src/assets/inherited";

it.each([
  { own: 60, database: 60, stated: null, seen: null },
  { own: 60, database: 60, stated: undefined, seen: null },
  { own: 60, database: 60, stated: 60, seen: 60 },
  { own: 60, database: 60, stated: 30, seen: null },
  { own: 60, database: 30, stated: null, seen: 60 },
  { own: 60, database: null, stated: null, seen: 60 },
  { own: 0, database: 0, stated: null, seen: null },
  { own: 0, database: 60, stated: null, seen: 0 },
  { own: null, database: null, stated: 60, seen: null },
])("a dataset exported with $own, of a database with $database, stated as $stated, has $seen", (row) => {
  const document = { table_name: "t", cache_timeout: row.own };
  const found = withoutInherited(
    { document, database: { cache_timeout: row.database } },
    { cache_timeout: row.stated },
  );
  expect(found).toEqual({ table_name: "t", cache_timeout: row.seen });
});

it("without its database, a dataset stays as it is", () => {
  const document = { table_name: "t", cache_timeout: 60 };
  expect(withoutInherited({ document })).toEqual(document);
});
