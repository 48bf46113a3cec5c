import type { Command } from "commander";
import { addChangeCommands } from "./showtime/change-commands";
import { addLookCommands } from "./showtime/look-commands";

const DESCRIPTION = `A Superset for every pull request, on AWS, driven by labels; and none left behind.

The settings are in showtime.yaml beside Pulumi.yaml. AWS is reached as its own tools do (AWS_PROFILE, AWS_ACCESS_KEY_ID, a role), GitHub with GITHUB_TOKEN and GITHUB_REPOSITORY. Commands that change something keep one Pulumi stack per pull request (pr-1234) where \`pulumi login\` or PULUMI_BACKEND_URL says.`;

const EXAMPLES = `
Examples:
  pulumi-superset showtime start 1234
  pulumi-superset showtime status 1234
  pulumi-superset showtime list --status running --user ann
  pulumi-superset showtime stop 1234
  pulumi-superset showtime cleanup --respect-ttl --dry-run
  pulumi-superset showtime labels`;

/** `pulumi-superset showtime …`: ephemeral environments. */
export function addShowtimeCommand(program: Command): void {
  const group = program
    .command("showtime")
    .summary("a Superset for every pull request, and none left behind")
    .description(DESCRIPTION)
    .addHelpText("after", EXAMPLES);
  addChangeCommands(group);
  addLookCommands(group);
}
