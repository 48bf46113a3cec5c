import { type Command, Option } from "commander";
import { ASSET_KINDS, type AssetKind } from "../assets/definition";
import { fingerprintTarget } from "../superset/connection";
import { checkIds } from "./check-ids";
import { type IdRow, listServerIds, listStateIds } from "./ids";
import { formatIds } from "./ids-table";
import { readInventory } from "./locate-assets";
import { count, formatJson } from "./plain-text";
import { showStep } from "./progress";
import { openServer, readStackSettings } from "./stack-settings";
import { readStackState, type StateAsset } from "./stack-state";

const DESCRIPTION = `Print which object of the server each asset is: its UUID in the files, its UUID on the server where that is another, integer id, kind, name, how it was found and when.

It comes from the stack's state, which every \`pulumi up\` and \`pulumi refresh\` brings up to date. With --sync the server is asked instead, also for what is not in this stack; the state stays as it is (\`pulumi refresh --run-program\` writes what it finds).`;

const EXAMPLES = `
Examples:
  pulumi-superset ids --stack qa
  pulumi-superset ids --stack qa --kind dashboard --json
  pulumi-superset ids --stack qa --sync        everything on the server
  pulumi-superset ids --stack qa --check       for CI: code 7 if an id is wrong

Exit codes: 0 done, 1 failed, 2 bad usage, 7 --check found something wrong`;

interface IdsOptions {
  readonly stack: string;
  readonly cwd: string;
  readonly kind?: AssetKind;
  readonly sync?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `pulumi-superset ids`: the mapping from definitions to the objects of a server. */
export function addIdsCommand(program: Command): void {
  program
    .command("ids")
    .summary("print UUIDs and integer ids of a stack's assets")
    .description(DESCRIPTION)
    .requiredOption("-s, --stack <name>", "the Pulumi stack")
    .option("-C, --cwd <folder>", "folder of Pulumi.yaml", ".")
    .addOption(new Option("--kind <kind>", "only this kind").choices(ASSET_KINDS))
    .option("--sync", "ask the server, also for what is not in this stack")
    .option("--check", "ask the server and fail if an id is wrong")
    .option("--json", "print a JSON list, for programs")
    .addHelpText("after", EXAMPLES)
    .action(async (options: IdsOptions) => {
      process.exitCode = await printIds(options);
    });
}

/** @returns the exit code */
async function printIds(options: IdsOptions): Promise<number> {
  const { stack, cwd, kind, sync = false, check = false, json = false } = options;
  const assets = await showStep("Reading the state", () => readStackState(stack, cwd));
  const isAsked = sync || check;
  const all = isAsked ? await readServerIds(assets, options) : listStateIds(assets);
  const rows = all.filter((row) => kind === undefined || row.kind === kind);
  if (json) process.stdout.write(`${formatJson(rows)}\n`);
  else if (rows.length > 0) process.stdout.write(`${formatIds(rows, isAsked)}\n`);
  const wrong = rows.filter(({ findings }) => findings.length > 0).length;
  process.stderr.write(`${summarise(rows, options, wrong)}\n`);
  return check && wrong > 0 ? 7 : 0;
}

async function readServerIds(
  assets: readonly StateAsset[],
  { stack, cwd, check, sync, kind }: IdsOptions,
): Promise<IdRow[]> {
  const settings = await showStep("Reading the settings", () => readStackSettings(stack, cwd));
  const client = openServer(settings, stack);
  return showStep(`Asking ${settings.url}`, async () => {
    const inventory = await readInventory(client, assets);
    const listed = listServerIds(assets, inventory, fingerprintTarget(settings.url));
    const rows = listed.filter((row) => (sync || row.inStack) && (kind === undefined || row.kind === kind));
    return check ? checkIds({ client, inventory, assets, rows }) : rows;
  });
}

function summarise(rows: readonly IdRow[], { kind, check }: IdsOptions, wrong: number): string {
  const what = count(rows.length, kind ?? "asset");
  if (wrong > 0) {
    return `${what}, ${wrong} with something wrong.\n  to do: pulumi up writes them as the files say; what people changed on purpose, pulumi-superset pull --drifted takes over first`;
  }
  return check ? `${what}, nothing wrong.` : `${what}.`;
}
