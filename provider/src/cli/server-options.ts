import { type Command, Option } from "commander";
import { AUTH_PROVIDERS } from "../settings/auth-providers";
import { STACK_ROLES } from "../settings/roles";
import { addBrowserOption } from "./browser-option";

/** The options that describe a server and a login. */
export function addServerOptions(command: Command): Command {
  command
    .option("--url <address>", "address of the Superset server")
    .addOption(new Option("--role <role>", "what it is for (default: guessed from the name)").choices(STACK_ROLES))
    .addOption(
      new Option("--login <provider>", "how to log in (default: as the instance does with --from, else db)").choices(
        AUTH_PROVIDERS,
      ),
    )
    .option("--username <user>", "db, ldap, session: the account that deploys")
    .option("--issuer <address>", "oidc, oidc-client: address of the identity provider")
    .option("--client-id <id>", "oidc, oidc-client: id of the client there")
    .option("--scope <words>", "oidc, oidc-client: what is asked for there, if not the usual scope")
    .option("--audience <text>", "oidc, oidc-client: sent there as `audience`")
    .option("--resource <address>", "oidc, oidc-client: sent there as `resource`")
    .option("--login-provider <name>", "session: name of the identity provider, as in /login/<name>")
    .option("--login-origin <address>", "session: origin of the identity provider's login pages")
    .option("--secret-env <variable>", "environment variable that holds its password, key, token or client secret")
    .option("--from <instance>", "address and login of this instance of ~/.sup/config.yml");
  return addBrowserOption(command);
}
