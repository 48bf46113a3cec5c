import type { EnvironmentFacts } from "../../showtime/environment";
import { digestFlags } from "../../showtime/flags";
import { nameService } from "../../showtime/names";
import type { ShowtimeSettings } from "../../showtime/settings";
import { expiryOf, parseTimeToLive } from "../../showtime/time-to-live";
import { showStep } from "../progress";
import type { Host, HostRun } from "./host";
import type { Parties } from "./parties";

/** What a pretended AWS needs. */
interface PretendedOptions extends Pick<Parties, "now" | "wait"> {
  readonly settings: ShowtimeSettings;
  /** How long an environment takes. */
  readonly seconds: number;
}

/** AWS as it would be: it lives as long as this process, and costs nothing. */
export function pretendHost({ settings, seconds, now, wait }: PretendedOptions): Host {
  let environments: EnvironmentFacts[] = [];
  const work = async (change: () => void): Promise<HostRun> => {
    const stop = new AbortController();
    await showStep(`Pretending AWS, for ${seconds} s`, () => wait(seconds * 1000, stop.signal));
    change();
    return { kind: "done" };
  };
  return {
    isPretended: true,
    readEnvironments: async (pullRequest) => environments.filter((facts) => facts.pullRequest === pullRequest),
    seeDrift: async (seen) => seen,
    hasImage: async () => true,
    openStack: async (pullRequest) => ({
      isThere: environments.some((facts) => facts.pullRequest === pullRequest),
      ...{ generation: 0, round: 0 },
      deploy: (wanted) =>
        work(() => {
          const others = environments.filter((facts) => facts.pullRequest !== pullRequest);
          const before = environments.find(({ commit }) => commit === wanted.commit);
          const created = before?.created ?? now();
          const time = parseTimeToLive(wanted.timeToLive) ?? "close";
          const generation = before?.generation ?? wanted.generation;
          const { commit, requester, size, timeToLive, assets, image } = wanted;
          const own: EnvironmentFacts = {
            ...{ service: nameService(wanted), serviceArn: "", pullRequest, commit, isLegacy: false, generation },
            ...{ status: "running", created, expires: expiryOf(created, time), timeToLive, requester, size, assets },
            ...{ flags: digestFlags(wanted.flags), taskDefinition: undefined, image },
            url: `http://192.0.2.${1 + (generation % 250)}:${settings.port}`,
          };
          environments = [...others, own];
        }),
      remove: () =>
        work(() => {
          environments = environments.filter((facts) => facts.pullRequest !== pullRequest);
        }),
      preview: async () => "  AWS is pretended",
      takeOver: async () => undefined,
      close: () => undefined,
    }),
  };
}
