import { type Command, Option } from "commander";
import { STACK_ROLES } from "../settings/roles";

/** The options that describe a server and a login. */
export function addServerOptions(command: Command): Command {
  return command
    .option("--url <address>", "address of the Superset server")
    .addOption(new Option("--role <role>", "what it is for (default: guessed from the name)").choices(STACK_ROLES))
    .option("--username <user>", "the account that deploys")
    .option("--password-env <variable>", "environment variable that holds its password")
    .option("--from <instance>", "address and login of this instance of ~/.sup/config.yml");
}
