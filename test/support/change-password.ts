import { scryptSync } from "node:crypto";
import type { TestServer } from "./servers";

/** Gives the admin another password, as werkzeug keeps it; answers how to put the old one back. */
export async function changePassword({ query, username }: TestServer, password: string): Promise<() => Promise<void>> {
  const where = `WHERE username = '${username}'`;
  const write = async (hash: string) => void (await query(`UPDATE ab_user SET password = '${hash}' ${where}`));
  const [row] = await query(`SELECT password FROM ab_user ${where}`);
  const salt = "test";
  const key = scryptSync(password, salt, 64, { N: 32768, r: 8, p: 1, maxmem: 64 * 1024 * 1024 });
  await write(`scrypt:32768:8:1$${salt}$${key.toString("hex")}`);
  return () => write(String(row?.password));
}
