import { expect, it } from "vitest";
import { pickFlags } from "../../provider/src/cli/pulumi-flags";

const WANTED = { "--stack": "-s", "--cwd": "-C", "--config-file": undefined };

it.each([
  ["up --stack qa", { "--stack": "qa" }],
  ["up --stack=qa --cwd=bi", { "--stack": "qa", "--cwd": "bi" }],
  ["up -s qa -C bi", { "--stack": "qa", "--cwd": "bi" }],
  ["-sqa preview -C=bi --stacks no --diff", { "--stack": "qa", "--cwd": "bi" }],
  ["up -s qa --stack production --config-file x.yaml", { "--stack": "production", "--config-file": "x.yaml" }],
  ["preview --diff", {}],
])("finds the flags in %s", (line, expected) => {
  expect(pickFlags(line.split(" "), WANTED)).toEqual(expected);
});
