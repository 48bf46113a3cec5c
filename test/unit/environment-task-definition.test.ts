import { describe, expect, it } from "vitest";
import { describeTask } from "../../provider/src/environment/task-definition";
import { commitOf } from "../support/commits";
import { environmentArguments } from "./environment-support";

const PARTS = { image: "registry.test/superset:pr-7-abc1234-ci", secret: "arn:aws:secretsmanager:x:1:secret:login" };

describe("the definition of a task", () => {
  it("says what runs, and names the login without having it", () => {
    const args = environmentArguments({ commit: commitOf("abc1234"), flags: { ALERTS: true, TAGS: false } });
    const definition = describeTask(args, PARTS);
    expect(definition).toMatchObject({ family: "circus-pr-7", cpu: "512", memory: "2048", networkMode: "awsvpc" });
    const [container] = definition.containerDefinitions ?? [];
    expect(container?.environment).toEqual([
      { name: "SUPERSET_FEATURE_ALERTS", value: "True" },
      { name: "SUPERSET_FEATURE_TAGS", value: "False" },
    ]);
    expect(container?.secrets).toContainEqual({ name: "ADMIN_PASSWORD", valueFrom: `${PARTS.secret}:password::` });
    expect(container?.logConfiguration?.options).toMatchObject({ "awslogs-stream-prefix": "pr-7-abc1234" });
    expect(container?.healthCheck?.command?.join(" ")).toContain("http://127.0.0.1:8080/health");
  });

  it("never takes a variable for what the secret has", () => {
    const settings = { variables: { ADMIN_PASSWORD: "admin", WORKERS: "4" } };
    const [container] = describeTask(environmentArguments({}, settings), PARTS).containerDefinitions ?? [];
    expect(container?.environment).toEqual([{ name: "WORKERS", value: "4" }]);
  });

  it("needs a size of the settings", () => {
    expect(() => describeTask(environmentArguments({ size: "huge" }), PARTS)).toThrow(/small, medium, large/);
  });
});
