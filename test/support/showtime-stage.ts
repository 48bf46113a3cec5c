import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect } from "vitest";
import { describeRevisions } from "../../provider/src/aws/ecs";
import { readEnvironments } from "../../provider/src/environment/list";
import type { EnvironmentFacts } from "../../provider/src/showtime/environment";
import { viewLabels } from "../../provider/src/showtime/label-view";
import { nameFamily, nameService } from "../../provider/src/showtime/names";
import type { ShowtimeSettings } from "../../provider/src/showtime/settings";
import { TAGS } from "../../provider/src/showtime/tags";
import { type AwsStandIn, startAws } from "./aws";
import { surroundingsIn } from "./environments";
import { type GithubStandIn, startGithub } from "./github-stand-in";
import { askHost } from "./host-watch";
import { makePlace, type ShowtimePlace } from "./showtime-place";
import { ShowtimeRuns } from "./showtime-runs";
import { openGate, type StepGate } from "./step-gate";

/** Pull request 7 on an AWS and a GitHub of its own, each behind a gate, and jobs that work on it. */
export interface ShowtimeStage {
  readonly aws: AwsStandIn;
  readonly github: GithubStandIn;
  readonly awsGate: StepGate;
  readonly githubGate: StepGate;
  readonly settings: ShowtimeSettings;
  readonly place: ShowtimePlace;
  readonly runs: ShowtimeRuns;
  environments(): Promise<EnvironmentFacts[]>;
  /** Somebody pushes a commit, and its image is built. */
  push(commit: string): Promise<void>;
  /** Everything is of one commit, and only once; labels say so, and people get there. */
  expectOnly(commit: string): Promise<void>;
  /** Nothing is left anywhere. */
  expectNothing(): Promise<void>;
  close(): Promise<void>;
}

/** The host that people use. */
export const HOST = "pr-7.showtime.test";

const QUICK = { boot: 0.05, drain: 0.05, crash: 0.05, steady: 0.05 };

/** Builds the package and starts everything. */
export async function openStage(): Promise<ShowtimeStage> {
  execFileSync(process.execPath, [join(import.meta.dirname, "../../provider/build.cjs")]);
  const [aws, github] = await Promise.all([startAws({ times: QUICK }), startGithub()]);
  const [awsGate, githubGate] = await Promise.all([openGate(aws.url), openGate(github.url)]);
  const settings = await aws.settings({ deadlineMinutes: 1, address: "load-balancer" });
  const behind = {
    aws: { environment: { ...aws.environment, AWS_ENDPOINT_URL: awsGate.url } },
    github: { environment: { ...github.environment, GITHUB_API_URL: githubGate.url } },
  };
  const place = await makePlace(behind.aws, behind.github, settings);
  github.openPullRequest({ number: 7 });
  github.setRole("ann", "write");
  const environments = () => readEnvironments(surroundingsIn(aws, settings).aws, settings, 7);
  return {
    ...{ aws, github, awsGate, githubGate, settings, place, environments },
    runs: new ShowtimeRuns(place, github),
    async push(commit) {
      github.changePullRequest(7, { head: commit });
      await aws.pushImage(`${nameService({ pullRequest: 7, commit })}-ci`);
    },
    async expectOnly(commit) {
      const service = nameService({ pullRequest: 7, commit });
      const there = await environments();
      expect(there).toMatchObject([{ service, commit, status: "running" }]);
      expect(await askHost(aws.balancerUrl, HOST)).toEqual({ status: 200, service });
      const { taskDefinitions, ...remains } = await aws.remains();
      // A revision of a run that was killed goes with the environment; none is of another commit.
      const revisions = await describeRevisions(surroundingsIn(aws, settings).aws, nameFamily(settings.project, 7));
      expect(taskDefinitions).toContain(there[0]?.taskDefinition?.split("/").pop());
      expect(new Set(revisions.map(({ tags }) => tags[TAGS.commit]))).toEqual(new Set([commit]));
      expect(remains).toEqual({
        services: [service],
        tasks: [expect.any(String)],
        images: [`${service}-ci`],
        secrets: [`circus/showtime/${service}`],
        logStreams: [expect.stringMatching(`^${service}/`)],
        targetGroups: [expect.any(String)],
        rules: [`${service}.showtime.test`, HOST],
        records: [],
      });
      expect([...github.labels(7)].sort()).toEqual([...viewLabels(there)].sort());
    },
    async expectNothing() {
      expect(Object.values(await aws.remains()).flat()).toEqual([]);
      expect(github.labels(7)).toEqual([]);
      expect(place.stacks()).toEqual([]);
    },
    async close() {
      place.remove();
      await Promise.all([aws.close(), github.close(), awsGate.close(), githubGate.close()]);
    },
  };
}
