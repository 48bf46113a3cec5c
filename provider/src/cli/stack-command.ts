import type { Command } from "commander";
import type { StackAddOptions } from "./run-stack-add";
import { addServerOptions } from "./server-options";

const DESCRIPTION = `Make a stack for one more Superset server: its settings file Pulumi.<name>.yaml, and the stack in Pulumi's backend if it has none of that name.

The login is tested first; nothing is written where it fails. With the login oidc that opens the browser. What is not given is asked. The secret is read from the environment variable SUPERSET_<NAME>_PASSWORD, _API_KEY, _TOKEN or _CLIENT_SECRET (or --secret-env), and then the settings file only names the variable; else it is asked, and stored encrypted by Pulumi. The login oidc has a secret only with --secret-env.

With --from the address and the login come from an instance of ~/.sup/config.yml, which is never written. Where options name another account or identity provider, its secret is not used.`;

const EXAMPLES = `
Examples:
  pulumi-superset stack add qa --url https://qa.example.com
  pulumi-superset stack add qa --from superset-qa
  pulumi-superset stack add production --url https://bi.example.com \\
    --username deployer --secret-env SUPERSET_PASSWORD       without a question
  pulumi-superset stack add qa --url https://qa.example.com --login oidc \\
    --issuer https://sso.example.com/realms/data --client-id superset-cli
  pulumi-superset stack add qa --url https://qa.example.com --login api-key

Exit codes: 0 done, 1 failed, 2 bad usage, 3 refused (there is such a stack,
nobody to ask), 130 stopped`;

/** `pulumi-superset stack`: stacks of the project. */
export function addStackCommand(program: Command): void {
  const stack = program.command("stack").summary("make stacks").description("Stacks of the project.");
  addServerOptions(stack.command("add"))
    .summary("make a stack for one more server")
    .description(DESCRIPTION)
    .argument("<name>", "what the stack is to be called: qa, production")
    .option("--no-login-test", "write it without asking the server")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .option("--json", "print what was made as JSON, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string, options: StackAddOptions) => {
      const { runStackAdd } = await import("./run-stack-add.js");
      process.exitCode = await runStackAdd(name, options);
    });
}
