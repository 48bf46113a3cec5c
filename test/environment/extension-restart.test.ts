import { afterAll, beforeAll, expect, it } from "vitest";
import { openAws } from "../../provider/src/aws/clients";
import { describeTasks } from "../../provider/src/aws/ecs";
import { bringUp } from "../../provider/src/environment/bring-up";
import { restartServers } from "../../provider/src/hooks/restart-servers";
import { type AwsStandIn, startAws } from "../support/aws";
import { argumentsOf, surroundingsIn } from "../support/environments";

let stand: AwsStandIn;

beforeAll(async () => {
  stand = await startAws();
});
afterAll(() => stand?.close());

it("a service of ECS gets new tasks of what it runs, and is waited for; one that is not there is told", async () => {
  const settings = await stand.settings({ deadlineMinutes: 0.5 });
  const surroundings = surroundingsIn(stand, settings);
  await stand.pushImage("pr-7-abc1234-ci");
  const { service, taskDefinition } = await bringUp(surroundings, argumentsOf(settings));
  const running = async () => {
    const tasks = await describeTasks(surroundings.aws, settings.cluster, service);
    return tasks.filter(({ lastStatus }) => lastStatus === "RUNNING");
  };
  const before = await running();
  const { wait, now } = surroundings;
  const world = { assertAlive: () => undefined, openAws: (region: string) => openAws({ region }), wait, now };
  const restart = (services: string[]) => {
    const ecs = { region: settings.region, cluster: settings.cluster, services };
    return restartServers({ ecs, deadlineMinutes: 0.5 }, world);
  };
  await restart([service]);
  const after = await running();
  expect(after).toMatchObject([{ taskDefinitionArn: taskDefinition }]);
  expect(after[0]?.taskArn).not.toBe(before[0]?.taskArn);
  await expect(restart(["superset-webb"])).rejects.toMatchObject({
    code: "aws/failed",
    operation: "ecs UpdateService",
  });
});
