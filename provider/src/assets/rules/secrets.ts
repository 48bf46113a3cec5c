import { type KeyPath, visitTexts } from "../values";
import type { AssetFile, Problem } from "./registry";

/** Superset's mask, or a variable that is filled in elsewhere. */
const HARMLESS = /^(?:X{10}|\$\{\w+\})$/;
/** SQLAlchemy's own idea of a password: all between the first colon after `//` and the last `@`. */
const URI_PASSWORD = /^[\w+.-]+:\/\/[^:/]*:(.*)@/s;
const SECRET_KEY = /passw(?:or)?d|passphrase|^pwd$|secret|token|credential|private_?key|api_?key|access_?key/i;
/** In a longer text, as SQL. One look back at the scheme: reading it forward takes the square of a long word's length. */
const ADDRESS_INSIDE = /(?<=[\w+.-]):\/\/[^\s:/@'"]+:(?!X{10}@|\$\{)[^\s/@'"]+@/i;
/** The options of a driver, ODBC. In SQL the same words are a comparison. */
const OPTION_INSIDE = /\b(?:pwd|passw(?:or)?d)\s*=\s*(?!X{10}|\$\{|[;&\s]|$)/i;
/** Keys that speak about a secret without holding one. */
const HARMLESS_KEY = /(?:_|-)?(?:ur[il]|path|file|endpoint|type|name|expir\w*|lifetime|ttl|scope|secure)$/i;
const SECRET_FORM =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]+|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{30,}|\bsst_\w{20,}/;

/** Rule `secret-in-file`. No message holds the secret. */
export function checkSecrets(file: AssetFile): Problem[] {
  const found: KeyPath[] = [];
  visitTexts(file.document, [], (text, at) => {
    const isDatabase = file.kind === "database";
    if (SECRET_FORM.test(text) || (isDatabase ? isSecret(text, at) : isSecretElsewhere(text, at))) found.push(at);
  });
  return found.map((at) => describeSecret(file, at));
}

function describeSecret(file: AssetFile, at: KeyPath): Problem {
  const inUri = at[0] === "sqlalchemy_uri";
  return {
    rule: "secret-in-file",
    file,
    at,
    on: "key",
    message: inUri ? "the database's address holds a password" : `\`${at.join(".")}\` holds what looks like a secret`,
    remedy: inUri
      ? "Write XXXXXXXXXX in its place and give the password in the setting `superset:databases`; change the password, it may have been seen."
      : "Take it out of the file and give it in the setting `superset:databases`; change the secret, it may have been seen.",
  };
}

function isSecret(text: string, at: KeyPath): boolean {
  const key = String(at.at(-1));
  if (at.length === 1 && key === "sqlalchemy_uri") return isSecretUri(text);
  if (at.length === 1 && (key === "encrypted_extra" || key === "masked_encrypted_extra")) return holdsUnmasked(text);
  if (isSecretUri(text) || ADDRESS_INSIDE.test(text) || OPTION_INSIDE.test(text)) return true;
  return isSecretKey(key) && text !== "" && !HARMLESS.test(text);
}

/** Charts and datasets hold no credentials at all, but much text in which the words may stand. */
function isSecretElsewhere(text: string, at: KeyPath): boolean {
  if (ADDRESS_INSIDE.test(text)) return true;
  return PLAIN_SECRET_KEY.test(String(at.at(-1))) && text !== "" && !HARMLESS.test(text);
}

const PLAIN_SECRET_KEY = /^(?:\w+_)?(?:passw(?:or)?d|pwd|api_?key|secret_?key|access_?key|auth_?token|access_?token)$/i;

function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key) && !HARMLESS_KEY.test(key);
}

/** Whether an address holds a password or token in clear: before its host, or in its query. */
export function isSecretUri(uri: string): boolean {
  const password = URI_PASSWORD.exec(uri)?.[1];
  if (password && !HARMLESS.test(password)) return true;
  const query = /\?(.*)$/s.exec(uri)?.[1];
  if (!query || !/^[\w+.-]+:\/\//.test(uri)) return false;
  return [...new URLSearchParams(query)].some(
    ([key, value]) => OPTION_INSIDE.test(value) || (isSecretKey(key) && value !== "" && !HARMLESS.test(value)),
  );
}

/** Engines without declared secret fields export them in clear (api 2.10): only what is masked throughout passes. */
function holdsUnmasked(text: string): boolean {
  if (text.trim() === "") return false;
  let clean = true;
  try {
    visitTexts(JSON.parse(text), [], (value) => {
      if (value !== "" && !HARMLESS.test(value)) clean = false;
    });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return !HARMLESS.test(text);
  }
  return !clean;
}
