import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, it } from "vitest";
import { TYPE_TOKENS } from "../../provider/src/resources/asset-resource";
import { deriveUuid } from "../../provider/src/resources/declaration";
import { HOOKS_DOOR } from "../../provider/src/resources/hooks-door";
import { ORPHANS_TYPE } from "../../provider/src/resources/orphans";
import { RULE_TYPE } from "../../provider/src/resources/row-level-security";
import { fingerprintTarget } from "../../provider/src/superset/connection";

const PROVIDER = join(import.meta.dirname, "../../provider");

// All of this stands in the states of deployed stacks: a change here is a change there, for everybody.

it("the text through which Pulumi finds the hooks never changes, and is short", () => {
  expect(HOOKS_DOOR).toBe('exports.handler=()=>require("pulumi-superset/hooks")');
  expect(HOOKS_DOOR.length).toBeLessThanOrEqual(300);
});

it("the door that it names is there and exports what Pulumi calls", () => {
  const { exports } = JSON.parse(readFileSync(join(PROVIDER, "package.json"), "utf8")) as {
    exports: Record<string, { default: string }>;
  };
  expect(exports["./hooks"]?.default).toBe("./hooks.cjs");
  expect(existsSync(join(PROVIDER, "hooks.cjs"))).toBe(true);
  const hooks = createRequire(import.meta.url)(join(PROVIDER, "hooks.cjs")) as Record<string, unknown>;
  expect(Object.keys(hooks).sort()).toEqual(["check", "configure", "create", "delete", "diff", "read", "update"]);
});

it("the types of the resources never change", () => {
  expect(TYPE_TOKENS).toEqual({
    database: "pulumi-nodejs:dynamic/superset:Database",
    dataset: "pulumi-nodejs:dynamic/superset:Dataset",
    chart: "pulumi-nodejs:dynamic/superset:Chart",
    dashboard: "pulumi-nodejs:dynamic/superset:Dashboard",
  });
  expect(RULE_TYPE).toBe("pulumi-nodejs:dynamic/superset:RowLevelSecurity");
  expect(ORPHANS_TYPE).toBe("pulumi-nodejs:dynamic/superset:Orphans");
});

it("a server is recognised, and a name makes the same UUID, for ever", () => {
  expect(fingerprintTarget("http://127.0.0.1:8088")).toBe("802c9fc9");
  expect(fingerprintTarget("https://BI.example.com:443/superset/")).toBe(
    fingerprintTarget("https://bi.example.com/superset"),
  );
  expect(deriveUuid("chart", "revenue")).toBe("a2417809-af55-5d3c-a4bf-b41b17856344");
});
