import { type Command, Option } from "commander";
import { addJsonOption } from "../common-options";
import type { DiffBundlesOptions } from "./run-diff";
import type { PackOptions } from "./run-pack";
import type { SignOptions } from "./run-sign";
import type { ValidateBundlesOptions } from "./run-validate";

const VALIDATE = `Check bundles, and say what is wrong where, and what to do. All findings at once; nothing is written, and no server is asked.

A path is a \`.supx\` file, the folder of an extension (with \`dist/\`), or a folder of bundles. Superset drops a bundle with any of the errors (docs/extension-rules.md), and tells it in its log only.`;

const VALIDATE_EXAMPLES = `
Examples:
  pulumi-superset extension validate hello-world
  pulumi-superset extension validate bundles
  pulumi-superset extension validate bundles --require-signature public.pem
  pulumi-superset extension validate bundles --format github

Exit codes: 0 no error (there may be warnings), 1 failed, 2 bad usage,
3 errors found`;

const PACK = `Pack the folder of an extension (or a \`.supx\`, again) into a \`.supx\`: the same bytes for the same content, every time and everywhere, and without the entries for directories that make Superset drop a bundle.

Where another version of the extension lies beside the result, it is refused: Superset would take whichever it finds first.`;

const PACK_EXAMPLES = `
Examples:
  superset-extensions build && pulumi-superset extension pack
  pulumi-superset extension pack hello-world --output bundles
  pulumi-superset extension pack hello-world -o hello-world.supx --json

Exit codes: 0 packed, 1 failed, 2 bad usage, 3 refused, nothing written`;

const DIFF = `Say what differs between two sides: which extensions are new, gone or changed, which of their files, and whether Superset must be started again for it.

A side is a \`.supx\`, the folder of an extension, a folder of bundles, or a target (\`s3://bucket/prefix\`). Content is compared: order in the ZIP, time stamps and compression do not matter.`;

const DIFF_EXAMPLES = `
Examples:
  pulumi-superset extension diff /app/extensions bundles
  pulumi-superset extension diff old.supx new.supx
  pulumi-superset extension diff 's3://bi/extensions?region=eu-central-1' bundles

Exit codes: 0 no difference, 1 failed, 2 bad usage, 3 a bundle with errors,
7 they differ`;

const SIGN = `Sign bundles with Ed25519: \`<file>.supx.sig\` beside each. What is signed is id, version and content, so a bundle that is packed again keeps its signature.

The private key is a file, or in an environment variable; it is never printed. Who has the public key can demand signatures: \`validate\` and \`upsert --require-signature\`.`;

const SIGN_EXAMPLES = `
Examples:
  openssl genpkey -algorithm ed25519 -out private.pem
  openssl pkey -in private.pem -pubout -out public.pem
  pulumi-superset extension sign bundles/*.supx --key private.pem
  pulumi-superset extension sign hello-world.supx --key-env EXTENSION_KEY

Exit codes: 0 signed, 1 failed, 2 bad usage, 3 a bundle with errors`;

/** The commands that need no target. */
export function addBundleCommands(group: Command): void {
  addValidate(group);
  addPack(group);
  addSign(group);
  addDiff(group);
}

/** The public key that signatures must fit. */
export function addSignatureOption(command: Command): Command {
  return command.option("--require-signature <file>", "refuse what this public key (PEM) has not signed");
}

function addValidate(group: Command): void {
  const command = group
    .command("validate")
    .summary("check bundles")
    .description(VALIDATE)
    .argument("[paths...]", "bundles, or folders of them (default: .)");
  addSignatureOption(command)
    .addOption(new Option("--format <format>", "of the output").choices(["people", "json", "github"]).default("people"))
    .addOption(new Option("--json", "the same as --format json").implies({ format: "json" }))
    .addHelpText("after", VALIDATE_EXAMPLES)
    .action(async (paths: string[], options: ValidateBundlesOptions) => {
      const { runValidateBundles } = await import("./run-validate.js");
      process.exitCode = await runValidateBundles(paths, options);
    });
}

function addPack(group: Command): void {
  const command = group
    .command("pack")
    .summary("make a .supx, the same bytes every time")
    .description(PACK)
    .argument("[path]", "folder of the extension, or a .supx", ".")
    .option("-o, --output <path>", "the .supx, or the folder for it, which is made (default: .)");
  addJsonOption(command)
    .addHelpText("after", PACK_EXAMPLES)
    .action(async (path: string, options: PackOptions) => {
      const { runPack } = await import("./run-pack.js");
      process.exitCode = await runPack(path, options);
    });
}

function addSign(group: Command): void {
  const command = group
    .command("sign")
    .summary("sign bundles")
    .description(SIGN)
    .argument("<files...>", "the .supx files")
    .option("--key <file>", "the private key (PEM)")
    .option("--key-env <name>", "the environment variable that holds it");
  addJsonOption(command)
    .addHelpText("after", SIGN_EXAMPLES)
    .action(async (files: string[], options: SignOptions) => {
      const { runSign } = await import("./run-sign.js");
      process.exitCode = await runSign(files, options);
    });
}

function addDiff(group: Command): void {
  const command = group
    .command("diff")
    .summary("say what differs between bundles, folders and targets")
    .description(DIFF)
    .argument("<from>", "as it is: a bundle, a folder of bundles, or a target")
    .argument("<to>", "as it shall be: the same");
  addJsonOption(command)
    .addHelpText("after", DIFF_EXAMPLES)
    .action(async (from: string, to: string, options: DiffBundlesOptions) => {
      const { runDiffBundles } = await import("./run-diff.js");
      process.exitCode = await runDiffBundles(from, to, options);
    });
}
