// Who hands out a job's shards: one producer at a time. The lock expires by the queue's clock, so that nothing is lost with
// a producer that was killed, and no two machines need agree on the time.

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { AudiozooError } from '@audiozoo/core';
import { ownerMark, ownerOf } from '@audiozoo/core/disk';
import type { QueueConnection } from './connection.js';
import { producerKey } from './keys.js';
import { readStoredRecord } from './stored-record.js';
import { pause } from './waiting.js';

export interface Producer {
  readonly host: string;
  readonly pid: number;
}

export interface ProducerLock {
  /** Holds it for longer, and takes it again where the queue has lost it. Throws a `runtime` error where another has it. */
  renew(): Promise<void>;
  /** Gives it back, if it is still this one's. */
  release(): Promise<void>;
}

const renewScript = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return holder end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return false`;

const releaseScript = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

/** Takes it over from one that is known to be dead. */
const takeOverScript = `
if redis.call('GET', KEYS[1]) ~= ARGV[3] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

/**
 * Becomes the producer of a job. Where another is, waits for as long as that may be dead; throws a `runtime` error as
 * soon as it is heard of.
 */
export async function lockProducer(
  { client, timings }: QueueConnection,
  job: string,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait?: (holder: Producer) => void },
): Promise<ProducerLock> {
  const key = producerKey(job);
  const token = randomBytes(8).toString('hex');
  const own = JSON.stringify({ host: hostname(), pid: process.pid, mark: ownerMark(), token });
  const take = async () =>
    (await client.eval(renewScript, 1, key, own, timings.producerLock)) as string | null;

  let earlier: { readonly holder: string; readonly left: number } | undefined;
  for (;;) {
    signal.throwIfAborted();
    const holder = await take();
    if (holder === null) break;
    const known = readProducer(holder);
    if (known?.isDead) {
      if (await client.eval(takeOverScript, 1, key, own, timings.producerLock, holder)) break;
      continue;
    }
    const left = await client.pttl(key);
    // Whoever renews is alive. Without that its time runs out.
    if (earlier?.holder === holder && left > earlier.left) throw isTaken(job, known);
    if (!earlier) onWait?.(known ?? unknownProducer);
    earlier = { holder, left };
    await pause(timings.producerLock / 20, signal);
  }
  return {
    async renew() {
      const holder = await take();
      if (holder !== null) throw isTaken(job, readProducer(holder));
    },
    async release() {
      await client.eval(releaseScript, 1, key, own);
    },
  };
}

const unknownProducer: Producer = { host: 'another machine', pid: 0 };

/** Who holds the lock of a job. */
export function readProducer(text: string | null): (Producer & { readonly isDead: boolean }) | undefined {
  const { host, pid, mark } = readStoredRecord(text) ?? {};
  if (typeof host !== 'string' || typeof pid !== 'number' || typeof mark !== 'string') return undefined;
  return { host, pid, isDead: ownerOf(mark)?.state === 'dead' };
}

function isTaken(job: string, holder: Producer = unknownProducer): AudiozooError {
  return new AudiozooError({
    code: 'runtime',
    what: `another process hands out the shards of ${job}`,
    got: `process ${holder.pid} of ${holder.host}`,
    hint: 'It goes on without this one. For another job, choose another `name`.',
    option: 'name',
  });
}
