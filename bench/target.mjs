import { mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ADMIN } from "../scripts/lib/superset.mjs";
import { startSupersetPool } from "../test/support/superset-pool.mjs";
import { startCountingProxy } from "./counting-proxy.mjs";
import { makeRoundTrip } from "./round-trip.mjs";

const require = createRequire(new URL("../provider/package.json", import.meta.url));
const JSZip = require("jszip");
const { z } = require("zod");

/**
 * Real Supersets over PostgreSQL metadata that are emptied again and again, each with a counting proxy in front.
 * @param {{folder: string, names: string[], log: (text: string) => void}} options `folder`: for the databases that
 *   datasets read; `names`: of the servers' metadata databases
 */
export async function startTargets({ folder, names, log }) {
  const pool = await startSupersetPool({ names, log });
  const targets = await Promise.all(pool.servers.map((server) => openTarget(pool, server, folder)));
  return {
    targets,
    async stop() {
      await Promise.all(targets.map((target) => target.stop()));
      await pool.stop();
    },
  };
}

/** One of the servers. */
export async function openTarget(pool, { name, url }, folder) {
  const proxy = await startCountingProxy(url);
  return {
    url: proxy.url,
    requests: () => proxy.take(),
    /** Empties the server, then makes databases by name, over SQLite, with UUIDs of their own. */
    async reset(names) {
      await pool.reset(name);
      for (const database of names) await createDatabase(connect(url), database, join(folder, "data.db"));
      proxy.take();
    },
    /** One `assets/import` of a whole corpus, as people do it; answers its seconds. */
    async importRaw(corpus) {
      const client = connect(url);
      const bundle = await packRaw(client, corpus);
      const form = new FormData();
      form.set("bundle", bundle, "bundle.zip");
      form.set("passwords", "{}");
      const began = performance.now();
      await client.send("POST", "/api/v1/assets/import/", form, z.unknown());
      return (performance.now() - began) / 1000;
    },
    /** Writes the files of {@link importRaw} into a folder, for tools that take one. */
    async writeRaw(corpus, path) {
      const entries = await collectRaw(connect(url), corpus);
      for (const [name, text] of entries) {
        mkdirSync(dirname(join(path, name)), { recursive: true });
        writeFileSync(join(path, name), text);
      }
      proxy.take();
    },
    /** One `assets/export` of the whole server; answers its seconds, without those of the login. */
    async exportRaw() {
      const client = connect(url);
      await client.signIn();
      const began = performance.now();
      await client.getBinary("/api/v1/assets/export/");
      return (performance.now() - began) / 1000;
    },
    /** Reads once what the whole server has; answers the seconds, without those of the login. */
    async readInventory() {
      const { loadInventory } = require("./dist/superset/inventory.js");
      const client = connect(url);
      await client.signIn();
      const began = performance.now();
      await loadInventory(client);
      return (performance.now() - began) / 1000;
    },
    /** Imports a source into the empty server, exports all, and compares. */
    async makeRoundTrip(source) {
      await pool.reset(name);
      return makeRoundTrip(connect(url), source, { sqlite: join(folder, "data.db") });
    },
    /** How many of a kind the server has. */
    async count(kind) {
      return (await connect(url).get(`/api/v1/${kind}/?q=(page_size:1)`, z.object({ count: z.number() }))).count;
    },
    stop: () => proxy.stop(),
  };
}

/** Straight to the server: what the benchmark does itself is not counted. */
function connect(url) {
  const { createSupersetClient } = require("./dist/superset/client.js");
  return createSupersetClient({ url, auth: { provider: "db", ...ADMIN }, timeoutSeconds: 3600 });
}

async function createDatabase(client, name, file) {
  const body = { database_name: name, sqlalchemy_uri: `sqlite:///${file}`, expose_in_sqllab: true };
  await client.send("POST", "/api/v1/database/", body, z.unknown());
}

async function packRaw(client, corpus) {
  const zip = new JSZip();
  for (const [name, text] of await collectRaw(client, corpus)) zip.file(`bundle/${name}`, text);
  return new Blob([await zip.generateAsync({ type: "arraybuffer", compression: "DEFLATE" })]);
}

/** The corpus with the server's own databases in place of the files', because each import overwrites them. */
async function collectRaw(client, { files, databases }) {
  const entries = new Map([["metadata.yaml", "version: 1.0.0\ntype: assets\n"]]);
  const uuids = new Map();
  for (const { name, uuid, yaml } of await exportDatabases(client)) {
    entries.set(`databases/${uuid}.yaml`, yaml);
    uuids.set(name, uuid);
  }
  const own = files.filter(({ kind }) => kind === "database").map(({ uuid, title }) => [uuid, title]);
  const mapped = Object.entries(databases).map(([uuid, { name }]) => [uuid, name]);
  const targets = new Map([...own, ...mapped].map(([uuid, name]) => [uuid, uuids.get(name)]));
  for (const { kind, path, text } of files) {
    if (kind === "database") continue;
    const rewritten = text.replace(/^(database_uuid: )(\S+)/m, (_, key, uuid) => `${key}${targets.get(uuid) ?? uuid}`);
    entries.set(`${kind}s/${path.replaceAll("/", "_")}`, rewritten);
  }
  return entries;
}

async function exportDatabases(client) {
  const rows = z.object({ result: z.array(z.object({ id: z.number(), uuid: z.string(), database_name: z.string() })) });
  const { result } = await client.get("/api/v1/database/?q=(columns:!(id,uuid,database_name))", rows);
  const ids = result.map(({ id }) => id).join(",");
  const zip = await JSZip.loadAsync(await client.getBinary(`/api/v1/database/export/?q=!(${ids})`));
  const exported = Object.values(zip.files).filter(({ name }) => name.includes("/databases/"));
  const texts = await Promise.all(exported.map((file) => file.async("string")));
  return result.map(({ uuid, database_name: name }) => ({
    name,
    uuid,
    yaml: texts.find((text) => text.includes(uuid)),
  }));
}
