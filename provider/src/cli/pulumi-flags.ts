/**
 * Picks flags with a value out of the arguments of the Pulumi CLI, in each form that it understands: `--stack qa`,
 * `--stack=qa`, `-s qa`, `-s=qa`, `-sqa`. The last one counts.
 *
 * @param wanted short form by long form
 */
export function pickFlags(
  args: readonly string[],
  wanted: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const picked: Record<string, string> = {};
  args.forEach((argument, index) => {
    for (const [long, short] of Object.entries(wanted)) {
      const value = readFlag(argument, args[index + 1], long, short);
      if (value !== undefined) picked[long] = value;
    }
  });
  return picked;
}

function readFlag(argument: string, next: string | undefined, long: string, short: string | undefined) {
  if (argument === long || argument === short) return next;
  if (argument.startsWith(`${long}=`)) return argument.slice(long.length + 1);
  if (short === undefined || argument.startsWith("--") || !argument.startsWith(short)) return undefined;
  return argument.slice(short.length).replace(/^=/, "");
}
