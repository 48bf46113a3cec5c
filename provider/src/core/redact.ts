/**
 * Secrets that this process knows. They are cut out of every text that leaves it; an error redacts itself when it is
 * made, so that no printer can forget to.
 */
const secrets = new Set<string>();

/** Shorter values would tear holes into ordinary words; a real secret is never that short. */
const SHORTEST_SECRET = 4;

const REDACTED = "[REDACTED]";

/** The forms of credentials that are recognised without having been announced. */
const CREDENTIAL_FORMS: readonly [RegExp, string][] = [
  // user:password@host in any URI; Superset's own mask stays readable. One look back at the scheme: reading it forward
  // takes the square of a long word's length.
  [/(?<=[\w+.-])(:\/\/[^\s:/@]*:)(?!X{10}@)[^\s/@]+(?=@)/gi, `$1${REDACTED}`],
  [/\b(Bearer|Basic)\s+[\w.~+/-]+=*/gi, `$1 ${REDACTED}`],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, REDACTED],
];

/**
 * Announces a secret of this process (password, token, cookie), so that {@link redact} removes it from all texts.
 *
 * @param value the secret itself; an empty or very short one is ignored
 */
export function registerSecret(value: string | undefined): void {
  if (value === undefined || value.length < SHORTEST_SECRET) return;
  secrets.add(value);
  secrets.add(encodeURIComponent(value));
  secrets.add(JSON.stringify(value).slice(1, -1));
}

/**
 * Replaces every known secret, and everything that looks like a credential, by `[REDACTED]`.
 *
 * @param text any text that is about to leave the process
 */
export function redact(text: string): string {
  // Half a character would end the connection to Pulumi's engine, which then waits for ever.
  let clean = text.toWellFormed();
  for (const secret of secrets) clean = clean.replaceAll(secret, REDACTED);
  for (const [form, replacement] of CREDENTIAL_FORMS) clean = clean.replace(form, replacement);
  return clean;
}
