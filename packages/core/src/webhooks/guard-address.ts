import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';

/** Finds every address of a host. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

/** An address that a webhook may be sent to. */
export type GuardedAddress =
  | { readonly outcome: 'allowed'; readonly address: string; readonly family: 4 | 6 }
  | { readonly outcome: 'refused'; readonly reason: string };

/** Special-purpose ranges. Source: IANA's registries of IPv4 and IPv6 special-purpose addresses. */
const reserved4 = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const;

/** What is not global unicast, and what stands for an IPv4 address that would have to be looked at itself. */
const reserved6 = [
  ['::', 3],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
  ['4000::', 2],
  ['8000::', 1],
] as const;

// Two lists, because one would hold IPv4 addresses to the ranges of IPv6 as well, mapped into them.
const [blocked4, blocked6] = [new BlockList(), new BlockList()];
for (const [address, prefix] of reserved4) blocked4.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of reserved6) blocked6.addSubnet(address, prefix, 'ipv6');

const resolveAll: Resolve = (host) => lookup(host, { all: true, verbatim: true });

/**
 * Where a host is, if every address of it is a public one: a host with one address inside could be reached there. Connect to the
 * address that is given, because the next look may find another one. Never throws.
 */
export async function guardAddress(
  hostname: string,
  {
    allowPrivate,
    resolve = resolveAll,
  }: { readonly allowPrivate: boolean; readonly resolve?: Resolve | undefined },
): Promise<GuardedAddress> {
  const addresses = await resolveHost(hostname.replace(/^\[|\]$/g, ''), resolve);
  const [first] = addresses;
  if (first === undefined) return { outcome: 'refused', reason: 'its host has no address' };
  if (!allowPrivate && !addresses.every(isPublic)) {
    return { outcome: 'refused', reason: 'its host is not a public one' };
  }
  return { outcome: 'allowed', address: first.address, family: first.family === 6 ? 6 : 4 };
}

async function resolveHost(host: string, resolve: Resolve): Promise<readonly LookupAddress[]> {
  const family = isIP(host);
  if (family !== 0) return [{ address: host, family }];
  return await resolve(host).catch(() => []);
}

function isPublic({ address, family }: LookupAddress): boolean {
  return family === 6 ? !blocked6.check(address, 'ipv6') : !blocked4.check(address, 'ipv4');
}
