import { setTimeout } from "node:timers/promises";
import { type AwsClients, openAws } from "../aws/clients";
import { askOverHttp, type Surroundings } from "../environment/surroundings";
import type { ShowtimeSettings } from "../showtime/settings";
import type { EngineWatch } from "./engine-watch";

/** By region: a client of its own for each hook would fetch credentials each time. */
const clients = new Map<string, AwsClients>();

function clientsOf({ region }: ShowtimeSettings, watch: EngineWatch): AwsClients {
  const known = clients.get(region) ?? openAws({ region }, () => watch.assertAlive());
  clients.set(region, known);
  return known;
}

/**
 * What the work on an environment needs, as a hook has it. Nothing is written, and nothing waited for, once the engine that
 * asked for it is gone.
 */
export function surroundingsOf(settings: ShowtimeSettings, watch: EngineWatch): Surroundings {
  return {
    aws: clientsOf(settings, watch),
    settings,
    now: () => new Date(),
    ask: askOverHttp,
    wait: async (milliseconds) => {
      watch.assertAlive();
      await setTimeout(milliseconds);
      watch.assertAlive();
    },
    readHead: async (pullRequest) => {
      const [{ openGithub }, { readHead }] = await Promise.all([
        import("../github/client.js"),
        import("../github/pull-requests.js"),
      ]);
      return (await readHead(await openGithub(process.env, settings.repository), pullRequest)).head;
    },
  };
}
