import { AxiosError, CanceledError } from "axios";
import JSZip from "jszip";
import { expect, test } from "vitest";
import { registerSecret } from "../../provider/src/core/redact";
import type { SupersetClient } from "../../provider/src/superset/client";
import { type RequestFacts, readMessage, toSupersetError } from "../../provider/src/superset/errors";
import { exportByKind, exportEach } from "../../provider/src/superset/export";

const read: RequestFacts = {
  method: "GET",
  path: "/api/v1/chart/1",
  write: false,
  connection: {
    url: "https://bi.example.com",
    stack: "qa",
    auth: { provider: "db", username: "robot", password: "unused-here" },
  },
};
const write: RequestFacts = { ...read, method: "PUT", write: true };
const json = (status: number, body: unknown) => ({
  status,
  contentType: "application/json",
  text: JSON.stringify(body),
});

test.each([
  [{ message: "Not authorized" }, "Not authorized"],
  [{ msg: "Token has expired" }, "Token has expired"],
  [{ message: { slug: ["Must be unique"] } }, '{"slug":["Must be unique"]}'],
  [{ errors: [{ message: "one" }, { message: "two" }] }, "one; two"],
  [{ message: "<p>Bad <b>Request</b></p>" }, "Bad Request"],
])("%j says %s", (body, said) => {
  expect(readMessage(JSON.stringify(body))).toBe(said);
});

test("of a page only the title is told, and other long texts are shortened", () => {
  expect(readMessage("<!doctype html><title>Sign in - IAP</title><script>x()</script>")).toBe("Sign in - IAP");
  expect(readMessage("x".repeat(5000))?.length).toBeLessThan(1600);
});

test.each([
  [302, read, "superset/login-page"],
  [400, read, "superset/refused"],
  [401, read, "superset/unauthorized"],
  [403, read, "superset/forbidden"],
  [404, read, "superset/not-found"],
  [413, write, "superset/request-too-large"],
  [422, write, "superset/refused"],
  [429, read, "superset/too-many-requests"],
  [500, write, "superset/failed"],
  [503, read, "superset/unavailable"],
  [502, write, "superset/outcome-unknown"],
  [504, write, "superset/outcome-unknown"],
])("status %i becomes its code", (status, request, code) => {
  const error = toSupersetError(new Error("axios"), request, json(status, { message: "so it is" }));
  expect(error).toMatchObject({ code, status, method: request.method, place: { stack: "qa" } });
  expect(error.message).toContain(`${request.method} /api/v1/chart/1`);
  expect(error.message).toContain(String(status));
  expect(error.remedy).toBeTruthy();
});

test.each([
  ["ECONNREFUSED", read, "connection/refused"],
  ["ECONNREFUSED", write, "connection/refused"],
  ["ENOTFOUND", write, "connection/unknown-host"],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", write, "connection/tls"],
  ["ERR_TLS_CERT_ALTNAME_INVALID", read, "connection/tls"],
  ["ECONNRESET", read, "connection/lost"],
  ["ETIMEDOUT", read, "connection/timeout"],
  ["ECONNRESET", write, "superset/outcome-unknown"],
  ["ETIMEDOUT", write, "superset/outcome-unknown"],
])("without an answer %s becomes its code", (cause, request, code) => {
  expect(toSupersetError(new AxiosError("it broke", cause), request).code).toBe(code);
});

test("a cancelled request says so", () => {
  expect(toSupersetError(new CanceledError(), read).code).toBe("superset/cancelled");
});

test("no credential gets into an error, not even through its properties", () => {
  registerSecret("hunter2hunter2");
  const body = { message: "Bearer eyJhbGciOi.eyJzdWIi.c2lnbmF0 and hunter2hunter2" };
  const error = toSupersetError(new Error("axios"), read, json(422, body));
  for (const text of [error.message, JSON.stringify(error), error.stack ?? ""]) {
    expect(text).not.toMatch(/hunter2|eyJzdWIi/);
  }
});

/** A server that answers an export with `status` as soon as one of these charts is asked for. */
function failingExport(guilty: readonly number[], status: number): { client: SupersetClient; requests: () => number } {
  let requests = 0;
  const getBinary: SupersetClient["getBinary"] = async (path) => {
    requests++;
    const ids = /\(([\d,]+)\)/.exec(path)?.[1]?.split(",").map(Number) ?? [];
    if (ids.some((id) => guilty.includes(id)))
      throw toSupersetError(undefined, read, json(status, { message: "broken" }));
    const zip = new JSZip();
    for (const id of ids)
      zip.file(`root/charts/${id}.yaml`, `uuid: "${uuidOf(id)}"\nslice_name: Chart ${id}\nviz_type: pie`);
    return zip.generateAsync({ type: "nodebuffer" });
  };
  return { client: { getBinary } as unknown as SupersetClient, requests: () => requests };
}

const uuidOf = (id: number) => `00000000-0000-4000-8000-${String(id).padStart(12, "0")}`;
const charts = Array.from({ length: 100 }, (_, id) => ({
  kind: "chart" as const,
  id,
  uuid: uuidOf(id),
  title: `Chart ${id}`,
  changedOn: "",
}));

test("what a server fails to export is named, all of it at once; the others are read", async () => {
  const { client } = failingExport([7, 42], 500);
  await expect(exportByKind(client, charts)).rejects.toMatchObject({
    code: "superset/export-failed",
    summary: expect.stringContaining('chart "Chart 7" (id 7), chart "Chart 42" (id 42)'),
    why: "broken",
  });
  const { contents, failures } = await exportEach(client, charts);
  expect(contents.size).toBe(98);
  expect(failures.map(({ remote }) => remote.id)).toEqual([7, 42]);
});

test("a server that is not available is not asked for each asset alone", async () => {
  const { client, requests } = failingExport(
    charts.map(({ id }) => id),
    503,
  );
  await expect(exportByKind(client, charts)).rejects.toMatchObject({ code: "superset/unavailable" });
  expect(requests()).toBeLessThan(10);
});
