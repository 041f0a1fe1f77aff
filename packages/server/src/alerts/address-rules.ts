/**
 * Which addresses a message may be sent to. Whoever may write a webhook's URL could otherwise make the server ask what only the server
 * can reach: services on its own machine, the network behind the firewall, the cloud's metadata with its credentials.
 */
import { BlockList, isIP } from 'node:net';

/** https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast, and what clouds answer on themselves. */
const special4: readonly (readonly [network: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  // Azure's own.
  ['168.63.129.16', 32],
];

/** Of IPv6 only global unicast is let through (so neither mapped IPv4, NAT64, unique local, link-local nor multicast), and of it not these. */
const global6 = ['2000::', 3] as const;
const special6: readonly (readonly [network: string, bits: number])[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['2620:4f:8000::', 48],
  ['3fff::', 20],
];

/** Where credentials lie and nothing that takes messages does: refused even where private addresses are allowed. */
const never4: readonly (readonly [network: string, bits: number])[] = [
  ['169.254.0.0', 16],
  ['0.0.0.0', 8],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['168.63.129.16', 32],
  ['100.100.100.200', 32],
  ['192.0.0.192', 32],
];
const loopback6 = ['::1', 128] as const;
const uniqueLocal6 = ['fc00::', 7] as const;
const metadata6 = ['fd00:ec2::254', 128] as const;

const special = listOf(special4, special6);
const global = listOf([], [global6]);
const never = listOf(never4, [metadata6]);
const private6 = listOf([], [loopback6, uniqueLocal6, global6]);

/** `allowPrivate` lets loopback and private networks through, never link-local addresses, where metadata is. */
export function isAllowedAddress(address: string, allowPrivate: boolean): boolean {
  const family = isIP(address) === 4 ? 'ipv4' : isIP(address) === 6 && !address.includes('%') ? 'ipv6' : undefined;
  if (family === undefined) return false;
  if (allowPrivate) return !never.check(address, family) && (family === 'ipv4' || private6.check(address, family));
  return !special.check(address, family) && (family === 'ipv4' || global.check(address, family));
}

function listOf(
  networks4: readonly (readonly [string, number])[],
  networks6: readonly (readonly [string, number])[],
): BlockList {
  const list = new BlockList();
  for (const [network, bits] of networks4) list.addSubnet(network, bits, 'ipv4');
  for (const [network, bits] of networks6) list.addSubnet(network, bits, 'ipv6');
  return list;
}
