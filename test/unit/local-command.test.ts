import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createProgram } from "../../provider/src/cli/main";
import { chooseCommand } from "../../scripts/lib/local-command.mjs";
import { PATHS } from "../../scripts/lib/local-stack.mjs";

describe("npm run local", () => {
  /** Pulumi has commands of these names, or they are about no stack that there is. */
  const others = ["help", "stack", "pulumi", "init", "github", "showtime", "extension"];
  const ours = createProgram().commands.filter((command) => !others.includes(command.name()));

  it.each(ours.map((command) => [command.name(), command] as const))(
    "hands %s to pulumi-superset, for the local stack, where files are named as in the repository",
    (name, command) => {
      const cli = join(PATHS.root, "provider/bin/pulumi-superset.cjs");
      const option = ["--stack", "--from", "--target"].find((flag) =>
        command.options.some(({ long }) => long === flag),
      );
      const isNamed = command.registeredArguments.some((argument) => argument.name() === "stacks");
      const stack = isNamed ? ["local"] : option === undefined ? [] : [option, "local"];
      expect(chooseCommand([name, "--dry-run"])).toEqual({
        command: process.execPath,
        args: [cli, name, ...stack, "--cwd", PATHS.project, "--dry-run"],
        cwd: PATHS.root,
      });
    },
  );

  it("hands everything else to Pulumi, which runs the program where it would not by itself", () => {
    expect(chooseCommand(["preview", "--diff"])).toEqual({
      command: "pulumi",
      args: ["preview", "--diff"],
      cwd: PATHS.project,
    });
    expect(chooseCommand(["destroy", "--yes"]).args).toEqual(["destroy", "--run-program", "--yes"]);
    expect(chooseCommand(["refresh", "--run-program=false"]).args).toEqual(["refresh", "--run-program=false"]);
  });
});
