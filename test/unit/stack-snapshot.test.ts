import { describe, expect, it } from "vitest";
import { toCanonicalText } from "../../provider/src/assets/canonical";
import { assertNoCredentials, toKeptText } from "../../provider/src/cli/stack-snapshot";
import { UUIDS } from "./plan-support";

const database = (more: object) => ({ database_name: "Shop", uuid: UUIDS.database, version: "1.0.0", ...more });
const snapshot = (document: Record<string, unknown>) => ({
  definitions: [{ kind: "database" as const, path: "databases/shop.yaml", title: "Shop", document }] as never,
  files: [],
});

describe("what a manifest keeps of a database", () => {
  it.each(["encrypted_extra", "masked_encrypted_extra", "password", "ssh_tunnel"])(
    "has no %s, which servers may send in clear",
    (key) => {
      const document = database({ [key]: '{"private_key":"hunter2-canary"}', cache_timeout: 60 });
      const text = toKeptText({ kind: "database", canonical: toCanonicalText(document) });
      expect(text).not.toContain("canary");
      expect(text).toContain("cache_timeout: 60");
      expect(() => assertNoCredentials(snapshot(document), "production")).not.toThrow();
    },
  );

  it("is refused where credentials stand elsewhere, by file, and without them", () => {
    const extra = { engine_params: { connect_args: { password: "s3cret-canary" } } };
    const keep = () => assertNoCredentials(snapshot(database({ extra })), "production");
    expect(keep).toThrow(/\[export\/secret\][\s\S]*databases\/shop\.yaml/);
    expect(keep).not.toThrow(/canary/);
  });
});
