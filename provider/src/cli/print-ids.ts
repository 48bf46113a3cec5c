import type { AssetKind } from "../assets/definition";
import { count, formatJson } from "../core/plain-text";
import { fingerprintTarget } from "../superset/connection";
import { checkIds } from "./check-ids";
import { type IdRow, listServerIds, listStateIds } from "./ids";
import { formatIds } from "./ids-table";
import { readInventory } from "./locate-assets";
import { showStep } from "./progress";
import { warnOfPart } from "./seen-part";
import { openServer, readStackSettings } from "./stack-settings";
import { readStackState, type StateAsset } from "./stack-state";

/** What `ids` was called with. */
export interface IdsOptions {
  readonly stack: string;
  readonly cwd: string;
  readonly kind?: AssetKind;
  readonly sync?: boolean;
  readonly check?: boolean;
  readonly json?: boolean;
}

/**
 * Prints the ids of a stack.
 *
 * @returns the exit code
 */
export async function printIds(options: IdsOptions): Promise<number> {
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
  await warnOfPart(client);
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
