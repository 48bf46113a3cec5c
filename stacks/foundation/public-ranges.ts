/** IPv4 ranges that are no part of the internet: private, shared (RFC 6598), link-local, loopback, multicast, reserved. */
const INTERNAL = [
  "0.0.0.0/8",
  "10.0.0.0/8",
  "100.64.0.0/10",
  "127.0.0.0/8",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
  "224.0.0.0/3",
].map(parseRange);

interface Range {
  readonly first: number;
  /** How many bits of the address are fixed. */
  readonly bits: number;
}

/** All of IPv4 but the internal ranges, in as few ranges as there can be: fewer than the 60 that a security group takes. */
export function listPublicRanges({ first, bits }: Range = { first: 0, bits: 0 }): string[] {
  const range = { first, bits };
  if (INTERNAL.some((internal) => contains(internal, range))) return [];
  if (!INTERNAL.some((internal) => contains(range, internal))) return [formatRange(range)];
  const half = 2 ** (31 - bits);
  return [first, first + half].flatMap((start) => listPublicRanges({ first: start, bits: bits + 1 }));
}

function contains(outer: Range, inner: Range): boolean {
  return outer.bits <= inner.bits && inner.first >= outer.first && inner.first < outer.first + 2 ** (32 - outer.bits);
}

function parseRange(text: string): Range {
  const [address = "", bits] = text.split("/");
  return { first: address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
}

function formatRange({ first, bits }: Range): string {
  const parts = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
  return `${parts.join(".")}/${bits}`;
}
