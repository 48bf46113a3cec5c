import { describe, expect, it } from "vitest";
import type { Access } from "../../provider/src/assets/access";
import type { ReadOptions } from "../../provider/src/assets/read-folder";
import {
  CHART_UUID,
  DASHBOARD,
  DASHBOARD_UUID,
  DATABASE_UUID,
  DATASET_UUID,
  OTHER_UUID,
  readWith,
} from "./assets-support";

/** Reads the sound folder with access files; default at its root. */
async function read(access: string | Readonly<Record<string, string>>, options?: ReadOptions) {
  const files = typeof access === "string" ? { "access.yaml": access } : access;
  const { access: found, findings, definitions } = await readWith(files, options);
  const told = findings.map(({ rule, file, line, column, message }) => ({
    rule,
    at: [file, line, column].join(":"),
    message,
  }));
  return { access: found, told, kinds: definitions.map(({ kind }) => kind) };
}

/** What is declared, by path of the asset. */
function listDeclared({ assets }: Access, section: "owners" | "roles"): Record<string, readonly string[]> {
  return Object.fromEntries(
    assets.flatMap(({ path, [section]: names }) => (names === undefined ? [] : [[path, names]])),
  );
}

describe("owners and roles", () => {
  it("hold for the assets that a glob, a path or a UUID names; databases have no owners", async () => {
    const { access, told, kinds } = await read(`
owners:
  "**": [alice@example.com, bob]
  ${CHART_UUID.toUpperCase()}: [carol]
roles:
  dashboards/sales.yaml: [Sales]
`);
    expect(told).toEqual([]);
    expect(kinds).toHaveLength(4);
    expect(listDeclared(access, "owners")).toEqual({
      "charts/orders.yaml": ["carol"],
      "dashboards/sales.yaml": ["alice@example.com", "bob"],
      "datasets/Shop/orders.yaml": ["alice@example.com", "bob"],
    });
    expect(access.assets.find(({ kind }) => kind === "dashboard")).toEqual({
      kind: "dashboard",
      uuid: DASHBOARD_UUID,
      path: "dashboards/sales.yaml",
      owners: ["alice@example.com", "bob"],
      roles: ["Sales"],
    });
  });

  it.each([
    ["a path before every glob", ["dashboards/*", "dashboards/sales.yaml"], "dashboards/sales.yaml"],
    ["a UUID before every glob", ["dashboards/*", DASHBOARD_UUID], DASHBOARD_UUID],
    ["a deeper folder before a higher one", ["**", "dashboards/**"], "dashboards/**"],
    ["one folder before all below", ["dashboards/**", "dashboards/*"], "dashboards/*"],
    ["a fixed folder before any folder", ["*/*", "dashboards/**"], "dashboards/**"],
  ])("the closest entry counts: %s", async (_what, globs, winner) => {
    for (const order of [globs, [...globs].reverse()]) {
      const lines = order.map((glob) => `  "${glob}": ["${glob}"]`);
      const { access, told } = await read(`owners:\n${lines.join("\n")}\n`);
      expect(told).toEqual([]);
      expect(listDeclared(access, "owners")["dashboards/sales.yaml"]).toEqual([winner]);
    }
  });

  it("are refused where two equally close entries differ, and accepted where they say the same", async () => {
    const first = "owners:\n  dashboards/s*: [alice]\n";
    const differing = await read({
      "access.yaml": first,
      "team/access.yaml": "owners:\n  dashboards/*s.yaml: [bob]\n",
    });
    expect(differing.told).toEqual([
      {
        rule: "access-ambiguous",
        at: "team/access.yaml:2:3",
        message:
          "it says other owners for dashboards/sales.yaml than `dashboards/s*` of access.yaml, and both are equally close",
      },
    ]);
    const same = await read({ "access.yaml": first, "team/access.yaml": "owners:\n  dashboards/*s.yaml: [alice]\n" });
    expect(same.told).toEqual([]);
  });

  it("may be declared as none", async () => {
    const { access } = await read("roles:\n  dashboards/**: [Sales]\n  dashboards/sales.yaml: []\n");
    expect(listDeclared(access, "roles")).toEqual({ "dashboards/sales.yaml": [] });
  });

  it("of an asset that nobody declares are not spoken of", async () => {
    expect((await read("owners:\n  charts/**: [alice]\n")).access.assets.map(({ path }) => path)).toEqual([
      "charts/orders.yaml",
    ]);
  });
});

const RULE = `rowLevelSecurity:
  - name: Own region
    datasets: [datasets/**]
    roles: [Sales, Analysts]
    clause: region = '{{ current_username() }}'
`;

describe("rules", () => {
  it("name datasets by glob, path or UUID, also one that is in no file", async () => {
    const other = `  - name: All
    datasets: [datasets/Shop/orders.yaml, ${DATASET_UUID}, ${OTHER_UUID}]
    roles: []
    clause: 1 = 0
    filterType: Base
    groupKey: region
    description: Nobody else
`;
    const { access, told } = await read(RULE + other);
    expect(told).toEqual([]);
    expect(access.rules).toEqual([
      {
        name: "All",
        path: "access.yaml",
        datasets: [{ uuid: DATASET_UUID, path: "datasets/Shop/orders.yaml" }, { uuid: OTHER_UUID }],
        roles: [],
        clause: "1 = 0",
        filterType: "Base",
        groupKey: "region",
        description: "Nobody else",
      },
      {
        name: "Own region",
        path: "access.yaml",
        datasets: [{ uuid: DATASET_UUID, path: "datasets/Shop/orders.yaml" }],
        roles: ["Analysts", "Sales"],
        clause: "region = '{{ current_username() }}'",
        filterType: "Regular",
      },
    ]);
  });

  it("stay where `include` takes other files only, and go with their datasets", async () => {
    const included = await read(RULE, { include: ["datasets/**", "databases/**"] });
    expect(included.access.rules).toHaveLength(1);
    const excluded = await read(RULE, { exclude: ["datasets/**", "charts/**", "dashboards/**"] });
    expect(excluded).toMatchObject({ access: { rules: [] }, told: [] });
    expect((await read(RULE, { exclude: ["access.yaml"] })).access.rules).toEqual([]);
  });
});

describe("a mistake in an access file is found with its place", () => {
  const rule = (changes: string) => RULE.replace(/^ {4}clause.*\n/m, changes);
  const cases: [what: string, text: string, rule: string, at: string, message: RegExp][] = [
    [
      "unknown section",
      "owner:\n  x: [a]\n",
      "access-field",
      "1:1",
      /`owner` is no known key; did you mean "owners"\?$/,
    ],
    ["misspelt section", "role:\n  x: [a]\n", "access-field", "1:1", /`role` is no known key; did you mean "roles"\?$/],
    ["unknown key of a rule", `${RULE}    filter: x\n`, "access-field", "6:5", /`filter` is no known key/],
    ["misspelt key of a rule", `${RULE}    groupkey: x\n`, "access-field", "6:5", /did you mean "groupKey"\?$/],
    ["missing clause", rule(""), "access-field", "2:5", /`clause` is missing/],
    [
      "unknown type",
      `${RULE}    filterType: base\n`,
      "access-field",
      "6:17",
      /none of Regular, Base; did you mean "Base"\?$/,
    ],
    ["owner that is a number", "owners:\n  charts/**: [7]\n", "access-field", "2:15", /must be text/],
    ["owners that are no list", "owners:\n  charts/**: alice\n", "access-field", "2:14", /must be a list/],
    ["Regular rule for nobody", RULE.replace("[Sales, Analysts]", "[]"), "access-field", "4:12", /hold for nobody/],
    ["rule without dataset", RULE.replace("[datasets/**]", "[]"), "access-field", "3:15", /names no dataset/],
    ["glob without a file", "owners:\n  chart/**: [a]\n", "access-unmatched", "2:3", /names no asset file/],
    ["path of the folder", "owners:\n  assets/charts/**: [a]\n", "access-unmatched", "2:3", /names no asset file/],
    ["UUID of no asset", `owners:\n  ${OTHER_UUID}: [a]\n`, "access-unmatched", "2:3", /names no asset file/],
    ["owners of a database", "owners:\n  databases/**: [a]\n", "access-unmatched", "2:3", /names only databases/],
    ["roles of a chart", "roles:\n  charts/**: [a]\n", "access-unmatched", "2:3", /names only charts/],
    ["a negated glob", 'owners:\n  "!charts/**": [a]\n', "access-unmatched", "2:3", /names no asset file/],
    ["rule on a chart", RULE.replace("datasets/**", "charts/**"), "access-unmatched", "3:16", /names only charts/],
    ["rule on a database", RULE.replace("datasets/**", DATABASE_UUID), "access-unmatched", "3:16", /only databases/],
    ["rule on nothing", RULE.replace("datasets/**", "datasets/x.yaml"), "access-unmatched", "3:16", /no asset file/],
    ["owner twice", "owners:\n  charts/**: [A@b.c, a@B.c]\n", "access-duplicate", "2:22", /stands twice/],
    ["role twice", RULE.replace("Analysts", "Sales"), "access-duplicate", "4:20", /stands twice/],
    [
      "rule twice",
      RULE + RULE.replace("rowLevelSecurity:\n", ""),
      "access-duplicate",
      "6:11",
      /another rule has the name/,
    ],
  ];

  it.each(cases)("%s", async (_what, text, id, place, message) => {
    const { told } = await read(text);
    expect(told).toEqual([{ rule: id, at: `access.yaml:${place}`, message: expect.stringMatching(message) }]);
  });

  it("rules of one name in two files", async () => {
    const { told } = await read({ "access.yaml": RULE, "b/access.yml": RULE });
    expect(told).toMatchObject([{ rule: "access-duplicate", at: "b/access.yml:2:11", message: /^access.yaml has/ }]);
  });

  it("names that differ in case only are two user names", async () => {
    expect((await read("owners:\n  charts/**: [bob, Bob]\n")).told).toEqual([]);
  });
});

it("an asset may be called access.yaml", async () => {
  const text = DASHBOARD.replace(DASHBOARD_UUID, OTHER_UUID);
  const { told, kinds, access } = await read({ "dashboards/access.yaml": text });
  expect(told).toEqual([]);
  expect(kinds.filter((kind) => kind === "dashboard")).toHaveLength(2);
  expect(access).toEqual({ assets: [], rules: [] });
  const left = await read({ "dashboards/access.yaml": text }, { include: ["d*/[!a]*", "d*/Shop/*", "charts/*"] });
  expect(left.kinds.filter((kind) => kind === "dashboard")).toHaveLength(1);
});
