import { expect, it } from "vitest";
import { readSettings } from "../../provider/src/settings/read-settings";

const read = (extensions: object) => {
  const auth = JSON.stringify({ username: "a", passwordEnv: "B" });
  const raw = { url: "https://bi.example.com", role: "qa", auth, extensions: JSON.stringify(extensions) };
  return readSettings(raw, "qa").extensions;
};

it("extensions need a target alone; flags are read as those of assets", () => {
  expect(read({ target: "/srv/extensions" })).toEqual({
    ...{ target: "/srv/extensions", folder: "extensions", protect: [], requireSignature: false },
    ...{ lockSeconds: 30, confirmSeconds: 60 },
  });
  expect(read({ target: "x", strategy: "create, DELETE" })?.strategy).toEqual(["CREATE", "DELETE"]);
});

it.each([
  [{}, "superset:extensions.target"],
  [{ target: "x", strategy: "CREATE | UPSERT" }, "superset:extensions.strategy: is not made of CREATE"],
  [{ target: "x", requireSignature: true }, "superset:extensions.publicKey: is missing"],
  [{ target: "x", restart: {} }, "superset:extensions.restart: needs either `command` or `ecs`"],
  [
    { target: "x", requireSignatures: true },
    'superset:extensions.requireSignatures is not a setting; did you mean "requireSignature"',
  ],
])("%j: %s", (extensions, complaint) => {
  expect(() => read(extensions)).toThrow(complaint);
});
