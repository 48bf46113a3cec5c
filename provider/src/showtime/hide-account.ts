/** The ARN of anything, in the middle of a sentence. */
const ARN = /\barn:aws[\w-]*:([\w-]+):[^\s"'`,;()<>]*[^\s"'`,;()<>.:]/g;

/** The number of an account of AWS. */
const ACCOUNT = /(?<![\w.])\d{12}(?!\w)/g;

/**
 * A text without the numbers of accounts and the names of roles that AWS puts into its errors. It is for what everybody who
 * sees a pull request reads; the log of the run, which fewer people see, has all of it.
 */
export function hideAccount(text: string): string {
  return text.replace(ARN, "[ARN of $1]").replace(ACCOUNT, "[account]");
}
