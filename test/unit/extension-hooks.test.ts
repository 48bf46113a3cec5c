import { generateKeyPairSync } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { openTarget } from "../../provider/src/delivery/open-target";
import { lockNameOf } from "../../provider/src/delivery/target";
import { signatureFile, signBundle, signedPart } from "../../provider/src/extensions/signature";
import { EngineWatch } from "../../provider/src/hooks/engine-watch";
import { makeExtensionHooks } from "../../provider/src/hooks/extension-hooks";
import { EXTENSION_KIND } from "../../provider/src/hooks/extension-state";
import { removeExtension } from "../../provider/src/hooks/remove-extension";
import { Session } from "../../provider/src/hooks/session";
import { describeBasis } from "../../provider/src/plan/extensions";
import { judgeSignature } from "../../provider/src/resources/extension-bundles";
import { bundleOf, makeSupx, writeBundleFolder } from "../support/bundles";
import { makeFolder, readSound } from "../support/delivery";
import { startExtensionServer } from "../support/extension-server";

const ID = "acme.panel";

/** The session of hooks with these settings. */
function openSession(url: string, extensions: Record<string, unknown>): Session {
  const auth = JSON.stringify({ username: "admin", password: "a-password-of-the-tests" });
  const run = { declared: new Set<string>(), rewritten: new Set<string>(), inherited: new Map(), bases: new Map() };
  const raw = { url, role: "development", auth, extensions: JSON.stringify(extensions) };
  return new Session(raw, run, new EngineWatch());
}

/** Hooks with a folder as the target, and a server that shows what the test says. */
async function stage(settings: Record<string, unknown> = {}) {
  const { url, shown } = await startExtensionServer();
  const place = makeFolder();
  const source = makeFolder();
  const session = openSession(url, { target: place, confirmSeconds: 0, lockSeconds: 0, ...settings });
  const hooks = makeExtensionHooks((work) => work(session));
  const target = openTarget(place);

  /** What the program sends of a version, as it planned it. */
  async function plan(version: string, action: string) {
    writeBundleFolder(source, bundleOf(ID, version));
    const bundle = await readSound("folder", source);
    const entry = bundle.entries.find(({ path }) => path.startsWith("frontend/dist/remoteEntry"));
    shown.result = [{ id: ID, version, remoteEntry: entry?.path ?? "" }];
    shown.entry = readFileSync(join(source, "dist", entry?.path ?? ""), "utf8");
    const facts = { kind: EXTENSION_KIND, extension: ID, bundle: "panel", version, place, action };
    const basis = describeBasis(await target.read(ID));
    return {
      ...facts,
      checksum: bundle.checksums.whole,
      source: bundle.source,
      deliverer: STACK,
      basis,
      __provider: "the door",
    };
  }
  type Planned = Awaited<ReturnType<typeof plan>>;
  /** As the engine does it. */
  async function create(planned: Planned) {
    const { inputs } = await hooks.check({}, planned);
    return (await hooks.create({ ...inputs, __provider: "the door" })).outs ?? {};
  }
  async function update(olds: Record<string, unknown>, planned: Planned) {
    const { inputs = {} } = await hooks.check({ ...olds, action: olds.done }, planned);
    const diff = await hooks.diff(ID, olds, inputs);
    return { diff, outs: diff.changes ? (await hooks.update(ID, olds, inputs)).outs : undefined };
  }
  return { hooks, url, shown, place, source, target, plan, create, update };
}

const STACK = "organization/superset/production";

const bundles = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".supx"));

describe("the hooks of an extension", () => {
  it("deliver it, keep no path of this machine, and write nothing where nothing changed", async () => {
    const { create, update, plan, place, source } = await stage();
    const outs = await create(await plan("1.0.0", "create: not on the target"));
    expect(outs).toMatchObject({ origin: "created", restartRequired: true, version: "1.0.0" });
    expect(bundles(place)).toEqual([outs.file]);
    expect(JSON.stringify(outs)).not.toContain(source);
    const again = await update(outs, await plan("1.0.0", "keep: unchanged"));
    expect(again.diff).toMatchObject({ changes: false });
  });

  it("know what this stack delivered where the engine was killed before it noted that", async () => {
    const { create, plan } = await stage();
    await create(await plan("1.0.0", "create: not on the target"));
    const outs = await create(await plan("1.0.0", "take: delivered by this stack, whose state lost it"));
    expect(outs.origin).toBe("created");
    const changed = await create(await plan("1.1.0", "update: delivered by this stack, whose state lost it"));
    expect(changed.origin).toBe("created");
  });

  it("take what another stack delivered as adopted, whoever changed it since", async () => {
    const { create, plan } = await stage();
    await create({ ...(await plan("1.0.0", "create: not on the target")), deliverer: "organization/superset/qa" });
    await create(await plan("1.1.0", "update: on the target, not yet in this stack"));
    const outs = await create(await plan("1.1.0", "take: on the target, not yet in this stack"));
    expect(outs.origin).toBe("adopted");
  });

  it("find what was changed or removed by hand, and tell it as a difference", async () => {
    const { create, plan, place, hooks } = await stage();
    const outs = await create(await plan("1.0.0", "create: not on the target"));
    expect(await hooks.read(ID, outs)).toEqual({ id: ID, props: outs });
    writeFileSync(join(place, String(outs.file)), "something else");
    const found = await hooks.read(ID, outs);
    expect(found).toMatchObject({ props: { drift: ["changed by hand on the target"] }, inputs: { bundle: "panel" } });
    expect(await hooks.diff(ID, outs, found.inputs ?? {})).toMatchObject({ changes: true });
    rmSync(join(place, String(outs.file)));
    expect(await hooks.read(ID, outs)).toEqual({});
  });

  it("deliver nothing where target or bundle are no longer as they were planned", async () => {
    const { create, update, plan, place, source, target } = await stage();
    const first = await plan("1.0.0", "create: not on the target");
    writeBundleFolder(source, bundleOf(ID, "1.0.1"));
    await expect(create(first)).rejects.toMatchObject({ code: "plan/changed" });
    expect(bundles(place)).toEqual([]);
    const outs = await create(await plan("1.0.0", "create: not on the target"));
    const second = await plan("1.1.0", "update: version 1.0.0 -> 1.1.0");
    writeFileSync(join(place, String(outs.file)), "by somebody else");
    await expect(update(outs, second)).rejects.toMatchObject({ code: "plan/changed" });
    expect(readFileSync(join(place, String(outs.file)), "utf8")).toBe("by somebody else");
    expect((await target.read(ID))?.version).toBe("1.0.0");
  });

  it("deliver nothing while another run has the lock", async () => {
    const { create, plan, place, target } = await stage();
    const lease = await target.lock(lockNameOf(ID), 0);
    await expect(create(await plan("1.0.0", "create: not on the target"))).rejects.toMatchObject({
      code: "extensions/locked",
    });
    await lease?.release();
    expect(bundles(place)).toEqual([]);
  });

  it.each([
    ["the feature is off", { status: 404 }, "ENABLE_EXTENSIONS"],
    ["the permission is missing", { status: 403 }, "superset init"],
    ["the server reads another folder", { result: [] }, "EXTENSIONS_PATH"],
    ["another bundle of the id comes first", { result: [{ id: ID, version: "0.9.0" }] }, "LOCAL_EXTENSIONS"],
    ["its entry file is missing", { entry: undefined }, "LOCAL_EXTENSIONS"],
    ["its entry file is another one", { entry: "other code" }, "EXTENSIONS_PATH"],
  ])(
    "keep what is delivered and say what to do where %s; the next run confirms it",
    async (_title, changed, remedy) => {
      const { create, update, plan, shown } = await stage();
      const planned = await plan("1.0.0", "create: not on the target");
      const sound = { ...shown };
      Object.assign(shown, changed);
      const error: { id?: string; properties?: Record<string, unknown>; reasons?: string[] } = await create(
        planned,
      ).then(
        () => ({}),
        (thrown) => thrown,
      );
      expect(error.reasons?.join()).toContain(remedy);
      expect(error).toMatchObject({ id: ID, properties: { __provider: "the door", origin: "created" } });
      Object.assign(shown, sound);
      const { outs } = await update(
        error.properties ?? {},
        await plan("1.0.0", "take: the server did not show it yet"),
      );
      expect(outs).toMatchObject({ origin: "created", restartRequired: true });
      expect(outs).not.toHaveProperty("unconfirmed");
    },
  );

  it("start Superset again, and tell where that fails without losing that it is needed", async () => {
    const file = join(makeFolder(), "restarted");
    const script = (code: string) => ({ restart: { command: [process.execPath, "-e", code] } });
    const good = await stage(script(`require("node:fs").writeFileSync(${JSON.stringify(file)}, "")`));
    expect(await good.create(await good.plan("1.0.0", "create: x"))).toMatchObject({ restartRequired: false });
    expect(existsSync(file)).toBe(true);
    const bad = await stage(script('console.log("no such service"); process.exit(4)'));
    await expect(bad.create(await bad.plan("1.0.0", "create: x"))).rejects.toMatchObject({
      code: "extensions/restart-failed",
      reasons: [expect.stringContaining("it ended with 4\n    no such service")],
      properties: { restartRequired: true },
    });
  });

  it("remove what this stack delivered only with DELETE, and never what is protected or was there before", async () => {
    const said = vi.spyOn(console, "log").mockReturnValue(undefined);
    const left = await stage();
    const outs = await left.create(await left.plan("1.0.0", "create: x"));
    const others = makeExtensionHooks(() => Promise.reject(new Error("not asked")));
    // The new resource of a renamed one has it.
    await others.delete(ID, outs);
    const state = outs as Parameters<typeof removeExtension>[0];
    const remove = async (settings: Record<string, unknown>, more: object = {}, places = [left.place]) =>
      removeExtension(
        { ...state, ...more },
        openSession(left.url, { target: left.place, confirmSeconds: 0, ...settings }),
        new Set(places),
      );
    await remove({});
    await remove({ strategy: "DELETE" }, { origin: "adopted" });
    await remove({ strategy: "DELETE" }, {}, ["/another"]);
    await expect(remove({ strategy: "DELETE", protect: ["acme.*"] })).rejects.toMatchObject({
      code: "delete/protected",
    });
    expect(bundles(left.place)).toEqual([outs.file]);
    expect(said.mock.calls.flat().join("\n")).toContain("has no DELETE");
    const warned = vi.spyOn(console, "warn").mockReturnValue(undefined);
    await remove({ strategy: "DELETE" });
    expect(bundles(left.place)).toEqual([]);
    expect(warned.mock.calls.flat().join("\n")).toContain("runs until Superset is started again");
  });
});

it("a bundle without the required signature is refused with what to do; a signed one takes its signature along", async () => {
  const folder = makeFolder();
  writeFileSync(join(folder, "panel.supx"), makeSupx(bundleOf(ID)));
  const bundle = await readSound("supx", join(folder, "panel.supx"));
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const key = { publicKey: String(publicKey.export({ type: "spki", format: "pem" })), requireSignature: true };
  expect((await judgeSignature(bundle, key)).obstacle).toContain("pulumi-superset extension sign");
  expect(await judgeSignature(bundle, { ...key, requireSignature: false })).toEqual({});
  const signature = signBundle(signedPart(bundle), String(privateKey.export({ type: "pkcs8", format: "pem" })));
  writeFileSync(signatureFile(bundle.source.path), `${signature}\n`);
  expect(await judgeSignature(bundle, key)).toEqual({ signature });
});
