import { expect, test } from "vitest";
import { createSupersetClient } from "../../provider/src/superset/client";
import { fingerprintTarget } from "../../provider/src/superset/connection";
import { createTransport } from "../../provider/src/superset/transport";

const auth = { provider: "db", username: "admin", password: "pw-of-a-test" } as const;
const open = (url: string) => createSupersetClient({ url, auth });

test("one server has one fingerprint, however its address is written", () => {
  const fingerprint = fingerprintTarget("https://bi.example.com");
  expect(fingerprint).toMatch(/^[0-9a-f]{8}$/);
  expect(fingerprintTarget("HTTPS://BI.example.com:443/")).toBe(fingerprint);
  expect(fingerprintTarget("https://bi.example.com/superset")).not.toBe(fingerprint);
  expect(fingerprintTarget("http://bi.example.com")).not.toBe(fingerprint);
});

test("plain http is accepted for this machine only", () => {
  for (const host of ["127.0.0.1:8088", "localhost:8088", "[::1]:8088", "bi.localhost"]) open(`http://${host}`);
  open("https://bi.example.com/superset/");
  for (const host of ["bi.example.com", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1"]) {
    expect(() => open(`http://${host}`)).toThrow(/connection\/not-https/);
  }
});

test("an address that cannot be used is refused without repeating its password", () => {
  for (const url of ["", "bi.example.com", "ftp://bi.example.com", "https://bi.example.com/?a=1"]) {
    expect(() => open(url)).toThrow(/connection\/bad-url/);
  }
  expect(() => open("https://me:very-secret@bi.example.com")).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("very-secret") }),
  );
});

test("a path cannot lead credentials to another origin", async () => {
  const transport = createTransport({ url: "http://127.0.0.1:1", auth }, {});
  for (const path of ["@evil.example.com/x", ".evil.example.com/", "0/x", "api"]) {
    const request = { method: "GET", path, repeatable: true, maxBytes: 1, timeoutSeconds: 1 } as const;
    await expect(transport.send(request)).rejects.toThrow(/connection\/foreign-path/);
  }
});

test("a file of certificate authorities that is none is named", () => {
  const connection = { url: "https://bi.example.com", auth, caFile: __filename };
  expect(() => createSupersetClient(connection)).toThrow(/connection\/ca-file/);
});
