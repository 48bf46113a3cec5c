import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type GithubClient, openGithub } from "../../provider/src/github/client";
import {
  addLabels,
  createLabelDefinition,
  deleteLabelDefinition,
  listLabelDefinitions,
  removeLabel,
  updateLabelDefinition,
} from "../../provider/src/github/labels";
import { type GithubStandIn, startGithub } from "../support/github-stand-in";

const RUNNING = "🎪 abc1234 🚦 running";

let github: GithubStandIn;
let client: GithubClient;
beforeEach(async () => {
  github = await startGithub();
  client = await openGithub(github.environment);
  github.openPullRequest({ number: 7 });
});
afterEach(() => github.close());

describe("labels of a pull request", () => {
  it("are added with one request, however many; none where there is nothing to add", async () => {
    github.label(7, "size/M", "ann");
    await addLabels(client, 7, [RUNNING, "🎪 🎯 abc1234", "size/m"]);
    await addLabels(client, 7, []);
    expect(github.labels(7)).toEqual(["size/M", RUNNING, "🎪 🎯 abc1234"]);
    expect(github.requests).toHaveLength(1);
  });

  it("are taken away one by one, also with names that an address would misread", async () => {
    const names = [RUNNING, "a/b?c#d%20", "../../..", "plus+blank &"];
    await addLabels(client, 7, [...names, "stays"]);
    for (const name of names) await removeLabel(client, 7, name);
    expect(github.labels(7)).toEqual(["stays"]);
  });

  it("that are gone already are fine", async () => {
    await removeLabel(client, 7, RUNNING);
    expect(github.labels(7)).toEqual([]);
  });

  it("that cannot be seen are not taken for gone", async () => {
    await expect(removeLabel(client, 8, RUNNING)).rejects.toMatchObject({ code: "github/refused" });
    github.fail(403, 1);
    const error = await removeLabel(client, 7, RUNNING).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/refused", remedy: expect.stringContaining("pull-requests: write") });
  });

  it.each([".", "..", ""])("called %j are never an address", async (name) => {
    await expect(removeLabel(client, 7, name)).rejects.toMatchObject({ code: "github/failed" });
    await expect(deleteLabelDefinition(client, name)).rejects.toMatchObject({ code: "github/failed" });
    expect(github.requests).toEqual([]);
  });

  it("longer than GitHub takes are a problem, and not one is added", async () => {
    await expect(addLabels(client, 7, ["fine", "x".repeat(51)])).rejects.toMatchObject({ code: "github/failed" });
    expect(github.labels(7)).toEqual([]);
  });
});

describe("labels that the repository offers", () => {
  const definition = { name: "🎪 🧊 showtime-freeze", color: "ffe4b5", description: "No automatic change" };

  it("are made, changed and deleted", async () => {
    await createLabelDefinition(client, definition);
    expect(await listLabelDefinitions(client)).toEqual([definition]);
    await updateLabelDefinition(client, { ...definition, color: "ffffff", description: "Stays as it is" });
    expect(await listLabelDefinitions(client)).toMatchObject([{ color: "ffffff", description: "Stays as it is" }]);
    await addLabels(client, 7, [definition.name]);
    await deleteLabelDefinition(client, definition.name);
    await deleteLabelDefinition(client, definition.name);
    expect(await listLabelDefinitions(client)).toEqual([]);
    expect(github.labels(7)).toEqual([]);
  });

  it("are all listed, a hundred with each request", async () => {
    for (let index = 0; index < 230; index++) github.label(7, `label ${index}`, "ann");
    expect(await listLabelDefinitions(client)).toHaveLength(230);
    expect(github.requests).toHaveLength(3);
  });

  it("are not made twice, and the problem names the permission that is missing", async () => {
    await createLabelDefinition(client, definition);
    await expect(createLabelDefinition(client, definition)).rejects.toMatchObject({ code: "github/failed" });
    github.fail(403, 1);
    const error = await createLabelDefinition(client, definition).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "github/refused", remedy: expect.stringContaining("issues: write") });
  });
});
