import { z } from "zod";
import { Batcher } from "../core/batcher";
import { ProblemError } from "../core/errors";
import { type OwnAccount, readOwnAccount } from "./account";
import type { SupersetClient } from "./client";
import { SupersetError } from "./errors";
import { PAGE_SIZE } from "./listing";
import { describeAccount } from "./login";
import { readRows } from "./rows";

/** A user of a server. */
export interface Person {
  readonly id: number;
  /** First and last name, for messages. */
  readonly name: string;
}

/** A role of a server. */
export interface Role {
  readonly id: number;
  readonly name: string;
}

/** The people and roles of a server that somebody asked for, by the name that was asked for. */
export interface Directory {
  readonly people: ReadonlyMap<string, Person>;
  readonly roles: ReadonlyMap<string, Role>;
  readonly account: OwnAccount;
}

/**
 * Finds users by e-mail (in any case) or user name, and roles by name. Calls at the same time share their requests.
 *
 * @returns what is there; what the server lacks is missing
 * @throws SupersetError what a request can fail with
 */
export async function readDirectory(
  client: SupersetClient,
  wanted: { readonly people: Iterable<string>; readonly roles: Iterable<string> },
): Promise<Directory> {
  const { people, roles, account } = directoryOf(client);
  const [foundPeople, foundRoles, own] = await Promise.all([
    collect(people, wanted.people),
    collect(roles, wanted.roles),
    account(),
  ]);
  return { people: foundPeople, roles: foundRoles, account: own };
}

/** Finds roles by name; what the server lacks is missing. */
export function findRoles(client: SupersetClient, names: Iterable<string>): Promise<Map<string, Role>> {
  return collect(directoryOf(client).roles, names);
}

interface Lookups {
  readonly people: Batcher<string, Person | undefined>;
  readonly roles: Batcher<string, Role | undefined>;
  readonly account: () => Promise<OwnAccount>;
}

const directories = new WeakMap<SupersetClient, Lookups>();

function directoryOf(client: SupersetClient): Lookups {
  const known = directories.get(client);
  if (known !== undefined) return known;
  let account: Promise<OwnAccount> | undefined;
  const lookups: Lookups = {
    people: batch((names) => findPeople(client, names)),
    roles: batch(() => readRoles(client)),
    account: () => {
      account ??= readOwnAccount(client).catch((error: unknown) => {
        account = undefined;
        throw error;
      });
      return account;
    },
  };
  directories.set(client, lookups);
  return lookups;
}

function batch<Found>(find: (names: readonly string[]) => Promise<ReadonlyMap<string, Found>>) {
  const run = async (names: readonly string[]) => {
    const found = await find([...new Set(names)]);
    return names.map((name) => found.get(name));
  };
  return new Batcher({ run, quietMs: 0, maxItems: Number.POSITIVE_INFINITY });
}

async function collect<Found>(
  lookup: Batcher<string, Found | undefined>,
  names: Iterable<string>,
): Promise<Map<string, Found>> {
  const wanted = [...new Set(names)];
  const found = await Promise.all(wanted.map((name) => lookup.add(name)));
  return new Map(found.flatMap((entry, index) => (entry === undefined ? [] : [[wanted[index] ?? "", entry]])));
}

const UserRow = z.object({
  id: z.number(),
  username: z.string(),
  email: z.string().nullable(),
  first_name: z.string().nullable(),
  last_name: z.string().nullable(),
});
type UserRow = z.output<typeof UserRow>;

async function findPeople(client: SupersetClient, names: readonly string[]): Promise<Map<string, Person>> {
  const found = new Map<string, Person>();
  try {
    // Twice: of what a list does not tell nothing is known yet (`lookup.ts`).
    for (const mailFilters of [anyOf, containing]) {
      const open = names.filter((name) => !found.has(name));
      const mails = open.filter((name) => name.includes("@"));
      const rows = await readUsers(client, [...mailFilters("email", mails), ...anyOf("username", open)]);
      for (const name of open) {
        const row = rows.find(({ email }) => isSameMail(name, email)) ?? rows.find(({ username }) => username === name);
        if (row !== undefined) found.set(name, toPerson(row));
      }
    }
    return found;
  } catch (error) {
    if (!(error instanceof SupersetError) || (error.status !== 403 && error.status !== 404)) throw error;
    return findByMail(client, names);
  }
}

function isSameMail(name: string, email: string | null): boolean {
  return name.includes("@") && email?.toLowerCase() === name.toLowerCase();
}

async function readUsers(client: SupersetClient, filters: readonly string[]): Promise<UserRow[]> {
  const query = { columns: Object.keys(UserRow.shape), order: "username" };
  const rows: UserRow[] = [];
  for (const filter of filters)
    rows.push(...(await readRows(client, "security/users", { ...query, filters: filter }, UserRow)));
  return rows;
}

/** gunicorn's longest request line is 4094 bytes (superset-api 2.2); the rest is for the query around the names. */
const NAMES_BUDGET = 3000;

/** Filters for any of the values, each as long as a request line allows. */
function anyOf(column: string, values: readonly string[]): string[] {
  const groups: string[][] = [];
  let left = 0;
  for (const quoted of values.map(quoteRison)) {
    left -= quoted.length + 1;
    if (left < 0) {
      groups.push([]);
      left = NAMES_BUDGET - quoted.length;
    }
    groups.at(-1)?.push(quoted);
  }
  return groups.map((group) => `(col:${column},opr:in,value:!(${group.join(",")}))`);
}

/** A text as rison writes it inside an address. */
function quoteRison(text: string): string {
  return encodeURIComponent(`'${text.replace(/[!']/g, "!$&")}'`);
}

/** Filters for each of the values, in any case: the server compares exactly otherwise. */
function containing(column: string, values: readonly string[]): string[] {
  return values.map((value) => `(col:${column},opr:ct,value:${quoteRison(value)})`);
}

function toPerson({ id, username, first_name: first, last_name: last }: UserRow): Person {
  return { id, name: [first, last].filter(Boolean).join(" ") || username };
}

const Related = z.object({
  value: z.number(),
  text: z.string(),
  extra: z.object({ email: z.string().nullish() }).nullish(),
});
type Related = z.output<typeof Related>;
const RelatedPage = z.object({ count: z.number(), result: z.array(Related) });

/** What everybody may read who may edit dashboards; it tells no user names. */
async function readRelated(client: SupersetClient, field: "owners" | "roles"): Promise<Related[]> {
  const rows: Related[] = [];
  for (let page = 0; ; page++) {
    const path = `/api/v1/dashboard/related/${field}?q=(page:${page},page_size:${PAGE_SIZE})`;
    const { count, result } = await client.get(path, RelatedPage);
    rows.push(...result);
    if (result.length === 0 || rows.length >= count) return rows;
  }
}

async function findByMail(client: SupersetClient, names: readonly string[]): Promise<Map<string, Person>> {
  const userNames = names.filter((name) => !name.includes("@"));
  if (userNames.length > 0) throw userNamesHidden(userNames, client);
  const users = await readRelated(client, "owners");
  return new Map(
    names.flatMap((name): [string, Person][] => {
      const user = users.find(({ extra }) => isSameMail(name, extra?.email ?? null));
      return user === undefined ? [] : [[name, { id: user.value, name: user.text }]];
    }),
  );
}

function userNamesHidden(names: readonly string[], { connection }: SupersetClient): ProblemError {
  const { auth, stack } = connection;
  return new ProblemError({
    code: "access/user-names-hidden",
    summary: `User names are hidden from ${describeAccount(auth)}: ${names.join(", ")} cannot be looked up`,
    remedy: 'Write their e-mail addresses in access.yaml, or give the account a role with "can read on User".',
    ...(stack !== undefined && { place: { stack } }),
    exitCode: 3,
  });
}

async function readRoles(client: SupersetClient): Promise<Map<string, Role>> {
  const roles = await readRelated(client, "roles");
  return new Map(roles.map(({ value: id, text: name }) => [name, { id, name }]));
}
