import { expect, it } from "vitest";
import { listImportPermissions, namePermission } from "../../provider/src/superset/permission-names";
import { listPartlySeen } from "../../provider/src/superset/rights";

it.each([
  ["GET", "/api/v1/chart/?q=(page:0)", "can_read on Chart"],
  ["PUT", "/api/v1/dashboard/7", "can_write on Dashboard"],
  ["DELETE", "/api/v1/dataset/?q=!(1)", "can_write on Dataset"],
  ["GET", "/api/v1/database/export/?q=!(1)", "can_export on Database"],
  ["GET", "/api/v1/assets/export/", "can_export on ImportExportRestApi"],
  ["POST", "/api/v1/assets/import/", "can_import_ on ImportExportRestApi"],
  ["GET", "/api/v1/rowlevelsecurity/3", "can_read on Row Level Security"],
  ["GET", "/api/v1/constructor/", undefined],
])("%s %s asks for %s", (method, path, permission) => {
  expect(namePermission(method, path)).toBe(permission);
});

it("an import needs its own permission, and that of each kind once", () => {
  expect(listImportPermissions(["chart", "chart", "dashboard"])).toEqual([
    "can_import_ on ImportExportRestApi",
    "can_write on Chart",
    "can_write on Dashboard",
  ]);
});

const EVERYTHING = ["database", "dataset", "chart", "dashboard"];
const allOf = (name: string) => `${name} on ${name}`;

it.each([
  ["an administrator", true, [], []],
  ["an account without grants", false, ["can_read on Chart"], EVERYTHING],
  ["one that reads all datasets", false, [allOf("all_datasource_access")], ["database", "dashboard"]],
  ["one that reads all databases", false, [allOf("all_database_access")], ["dashboard"]],
])("%s sees only a part of some kinds", (_, isAdmin, permissions, kinds) => {
  expect(listPartlySeen({ isAdmin, permissions: new Set(permissions) })).toEqual(kinds);
});
