import { generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import { readPrivateKey, readPublicKey } from "../../provider/src/cli/extensions/signatures";
import { signBundle, verifySignature } from "../../provider/src/extensions/signature";

const BUNDLE = { id: "acme-lab.hello-world", version: "0.1.0", checksum: "1e8e6db7".repeat(8) };

function makeKeys() {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: publicKey.export({ type: "spki", format: "pem" }).toString(),
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

describe("a signature", () => {
  const { publicKey, privateKey } = makeKeys();

  it("is that of its bundle and key alone", () => {
    const signature = signBundle(BUNDLE, privateKey);
    expect(verifySignature(BUNDLE, signature, publicKey)).toBe(true);
    expect(verifySignature(BUNDLE, ` ${signature}\r\n`, publicKey)).toBe(true);
    expect(verifySignature(BUNDLE, signature, makeKeys().publicKey)).toBe(false);
    for (const changed of [{ id: "acme-lab.other" }, { version: "0.2.0" }, { checksum: "0".repeat(64) }])
      expect(verifySignature({ ...BUNDLE, ...changed }, signature, publicKey)).toBe(false);
  });

  it("of other bytes is none", () => {
    for (const signature of ["", "not base64 at all", Buffer.alloc(64).toString("base64")])
      expect(verifySignature(BUNDLE, signature, publicKey)).toBe(false);
  });

  it("stays what it is: earlier ones hold", () => {
    const known = `-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAmOk8eQfnwvv6G/lpGOX3yrj1pNX92jXUbkh5YC5n+uM=\n-----END PUBLIC KEY-----\n`;
    expect(
      verifySignature(
        BUNDLE,
        "AJq4lqAF/UQe3go+U40vkoGFGlwoRTgwrbWnAGTyJbk3puTgX4oNm7ZkYe2g5NgTEzUEzu1VYzr+gYIv0ITgDw==",
        known,
      ),
    ).toBe(true);
  });
});

describe("a key that cannot sign", () => {
  it("is told, and never shown", () => {
    const curve = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const wrong = curve.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const secret = "MC4CAQAwBQYDK2VwBCIEIHidden";
    for (const key of ["", secret, `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----\n`, wrong]) {
      const sign = () => signBundle(BUNDLE, key);
      expect(sign).toThrow(expect.objectContaining({ code: "extension/key-invalid" }));
      expect(sign).not.toThrow(/MC4CAQ|BEGIN/);
    }
  });
});

it("a key in the place of its file's or variable's name is refused, and never shown", () => {
  const { privateKey } = makeKeys();
  const secret = privateKey.split("\n")[1];
  for (const read of [
    () => readPublicKey(privateKey),
    () => readPrivateKey({ key: privateKey }),
    () => readPrivateKey({ keyEnv: privateKey }),
  ]) {
    expect(read).toThrow("[extension/key-unreadable]");
    expect(read).not.toThrow(secret);
  }
});

it("a private key is no key to check with", () => {
  const { privateKey } = makeKeys();
  const check = () => verifySignature(BUNDLE, signBundle(BUNDLE, privateKey), privateKey);
  expect(check).toThrow("It is a private key");
});
