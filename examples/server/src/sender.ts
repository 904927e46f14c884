// Who sends a body, as far as shares of room go.

import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';

export interface Sender {
  /** One for each who could have as many addresses as they like. */
  readonly network: string;
  /** Bytes that have come from there so far, on this connection. */
  bytes(): number;
}

export function senderOf({ ip, socket }: FastifyRequest): Sender {
  return { network: networkOf(ip), bytes: () => socket.bytesRead };
}

/** An IPv4 address, or the /64 network of an IPv6 address: households and machines get no less. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
  if (mapped) return mapped[1]!;
  if (!isIPv6(address)) return address;
  const [front, back] = address.split('%')[0]!.split('::') as [string, string?];
  const groups = front.split(':').filter(Boolean);
  const behind = back?.split(':').filter(Boolean) ?? [];
  if (back !== undefined) while (groups.length + behind.length < 8) groups.push('0');
  const whole = [...groups, ...behind].slice(0, 4);
  return `${whole.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
