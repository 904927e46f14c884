// Addresses that nobody but the machine itself is asked at: there, machines of a cloud learn their own passwords.

import { BlockList, isIP } from 'node:net';

const linkLocal = new BlockList();
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4'); // and ::ffff:169.254.0.0, which it takes for the same
linkLocal.addSubnet('fe80::', 10, 'ipv6');
// Others that a router may make the first of: NAT64, 6to4, and what IPv6 had before.
linkLocal.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6');
linkLocal.addSubnet('2002:a9fe::', 32, 'ipv6');
linkLocal.addSubnet('::a9fe:0', 112, 'ipv6');
// Where AWS and Alibaba tell the same under addresses of another kind.
linkLocal.addAddress('fd00:ec2::254', 'ipv6');
linkLocal.addAddress('100.100.100.200', 'ipv4');

/** Whether an IP address, with brackets or a zone or without, is one of those. A name is none. */
export function isLinkLocal(address: string): boolean {
  const bare = address.replace(/^\[|\]$|%.*$/g, '');
  const family = isIP(bare);
  return family !== 0 && linkLocal.check(bare, family === 6 ? 'ipv6' : 'ipv4');
}
