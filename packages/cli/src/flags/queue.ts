// `--queue`: where jobs of many machines are handed out.

import { Command } from '@commander-js/extra-typings';
import { UsageError } from '../session/session.js';
import type { FlagsOf } from './common.js';

export const queueFlags = new Command().option(
  '--queue <address>',
  'a Redis or Valkey: redis://HOST:6379/0, rediss:// with TLS, redis-sentinel:// or redis-cluster:// (default: AUDIOZOO_QUEUE)',
);

/** How passwords get to where the queue is, for the help of commands. */
export const queueHelp = `The queue's password is AUDIOZOO_REDIS_PASSWORD, its user AUDIOZOO_REDIS_USERNAME, or both are in the address, where other
people of the machine may see them. redis-sentinel://HOST:26379,HOST/NAME asks sentinels, whose password is
AUDIOZOO_REDIS_SENTINEL_PASSWORD; redis-cluster://HOST,HOST is a cluster. AUDIOZOO_REDIS_CA is a file of certificates to trust.`;

/** The address that was given, or that the environment has. */
export function queueAddress({ queue }: FlagsOf<typeof queueFlags>): string {
  const address = queue ?? process.env.AUDIOZOO_QUEUE;
  if (address) return address;
  throw new UsageError("required option '--queue <address>' not specified");
}
