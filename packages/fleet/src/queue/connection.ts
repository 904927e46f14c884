// The connection to a queue. Passwords stay in it: what it says of errors is the address without them, and the reason.

import { readFile } from 'node:fs/promises';
import { AudiozooError } from '@audiozoo/core';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseQueueAddress, type QueueAddress } from './address.js';
import { type QueueTimings, usualTimings } from './timings.js';

export type RedisClient = Redis | Cluster;

export interface QueueConnection extends AsyncDisposable {
  readonly client: RedisClient;
  /** Where it is, without what is secret. */
  readonly address: string;
  readonly timings: QueueTimings;
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of what a person should know: that it cannot be reached, and will be tried again; that its settings may lose shards. */
  readonly onWarning?: ((text: string) => void) | undefined;
  /** Seconds after which it is given up that nobody answers; never without. A wrong password is an error at once. */
  readonly patience?: number | undefined;
  readonly timings?: Partial<QueueTimings> | undefined;
}

/** Of people who wait for an answer. */
export const queuePatience = 10;

/**
 * Connects to a queue. Later interruptions are waited out. Throws `argument` errors where the address or what is in it is
 * refused, and `runtime` errors where nobody answers.
 */
export async function connectQueue(text: string, options: ConnectOptions = {}): Promise<QueueConnection> {
  const { signal, onWarning, patience, timings } = options;
  signal?.throwIfAborted();
  const address = parseQueueAddress(text);
  const client = createClient(address, await redisOptions(address));
  client.on('error', () => {}); // told by what waits for it, or below
  let isAway = false;
  const close = async () => {
    isAway = true; // which nobody needs to be told
    client.disconnect();
  };
  try {
    await untilReady(client, address, { signal, onWarning, patience });
    await checkServer(client, address, onWarning);
  } catch (error) {
    client.disconnect();
    throw error;
  }
  client.on('close', () => {
    if (!isAway) onWarning?.(`${address.shown} is away: waiting for it`);
    isAway = true;
  });
  client.on('ready', () => {
    if (isAway) onWarning?.(`${address.shown} is back`);
    isAway = false;
  });
  return {
    client,
    address: address.shown,
    timings: { ...usualTimings, ...timings },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function redisOptions(address: QueueAddress): Promise<RedisOptions> {
  const { username, password, caFile } = address;
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(address.tls && { tls: caFile === undefined ? {} : { ca: await readCertificates(caFile) } }),
    // Commands wait for as long as it is away, and are sent again.
    maxRetriesPerRequest: null,
    retryStrategy: (tries) => Math.min(50 * 2 ** Math.min(tries, 10), 2000),
    // Of a server that has just become a replica.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
    connectTimeout: 5000,
    keepAlive: 10_000,
  };
}

async function readCertificates(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((cause) => {
    throw new AudiozooError({
      code: 'file',
      what: `${path} cannot be read, which AUDIOZOO_REDIS_CA names`,
      got: String(cause),
      hint: 'It is a file of certificates in PEM.',
      cause,
    });
  });
}

function createClient(address: QueueAddress, options: RedisOptions): RedisClient {
  const { kind, nodes, database: db, masterName, sentinelPassword } = address;
  if (kind === 'cluster') {
    return new Cluster([...nodes], {
      redisOptions: options,
      clusterRetryStrategy: (tries) => Math.min(100 * tries, 2000),
      // Cloud providers' clusters name their nodes by what their certificates are for.
      ...(address.tls && { dnsLookup: (name, callback) => callback(null, name) }),
    });
  }
  if (kind === 'sentinel') {
    return new Redis({
      ...options,
      db,
      sentinels: [...nodes],
      name: masterName!,
      ...(sentinelPassword !== undefined && { sentinelPassword }),
      ...(address.tls && { enableTLSForSentinelMode: true, sentinelTLS: options.tls! }),
    });
  }
  return new Redis({ ...options, ...nodes[0]!, db });
}

/** Waits for the first connection. */
function untilReady(
  client: RedisClient,
  { shown }: QueueAddress,
  { signal, onWarning, patience }: ConnectOptions,
): Promise<void> {
  if (client.status === 'ready') return Promise.resolve();
  return new Promise((resolve, reject) => {
    let lastError: Error | undefined;
    const end = (finish: () => void) => {
      clearTimeout(timer);
      clearInterval(notes);
      client.off('ready', ready);
      client.off('error', failed);
      client.off('end', ended);
      signal?.removeEventListener('abort', aborted);
      finish();
    };
    const ready = () => end(resolve);
    const aborted = () => end(() => reject(signal!.reason));
    const away = () =>
      new AudiozooError({
        code: 'runtime',
        what: `no queue answers at ${shown}`,
        ...(lastError && { got: reasonOf(lastError) }),
        hint: 'Check the address, and that Redis or Valkey runs there.',
        option: 'queue',
      });
    const ended = () => end(() => reject(away()));
    const failed = (error: Error) => {
      if (isRefusal(error)) end(() => reject(refusal(shown, error)));
      lastError = error;
    };
    const timer =
      patience === undefined ? undefined : setTimeout(() => end(() => reject(away())), patience * 1000);
    const tell = () =>
      onWarning?.(`${shown} does not answer${lastError ? ` (${reasonOf(lastError)})` : ''}: trying on`);
    const notes = setInterval(tell, 10_000);
    client.on('ready', ready);
    client.on('error', failed);
    client.on('end', ended);
    signal?.addEventListener('abort', aborted);
  });
}

const isRefusal = (error: Error) =>
  /^(WRONGPASS|NOAUTH|NOPERM|ERR (AUTH|invalid password|DB index))/.test(error.message);

function refusal(shown: string, error: Error): AudiozooError {
  return new AudiozooError({
    code: 'argument',
    what: `the queue at ${shown} lets nobody in that comes so`,
    got: reasonOf(error),
    hint: 'The name and the password are those of the address, or of AUDIOZOO_REDIS_USERNAME and AUDIOZOO_REDIS_PASSWORD.',
    option: 'queue',
  });
}

/** The first words of an error: errors of Redis also hold the command, and what it was told. */
function reasonOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  const message = error.message || (error as AggregateError).errors?.[0]?.message || code || 'no reason';
  return message.replaceAll(/\/\/[^@\s]*@/g, '//…@').slice(0, 200);
}

/** Of Redis; Valkey says 7.2.4 and its own beside. */
const leastVersion = 6.2;

async function checkServer(
  client: RedisClient,
  { shown }: QueueAddress,
  onWarning: ConnectOptions['onWarning'],
): Promise<void> {
  const information = await client.info().catch((error: Error) => {
    if (isRefusal(error)) throw refusal(shown, error);
    return ''; // some hosts do not let INFO be asked
  });
  const [, version] = /^redis_version:(\d+\.\d+)/m.exec(information) ?? [];
  if (version !== undefined && Number(version) < leastVersion) {
    throw new AudiozooError({
      code: 'runtime',
      what: `the Redis at ${shown} is too old`,
      expected: `Redis ${leastVersion} or newer, or Valkey`,
      got: `Redis ${version}`,
      hint: 'Bring a newer one there, or choose another `queue`.',
      option: 'queue',
    });
  }
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(information) ?? [];
  if (policy !== undefined && policy !== 'noeviction') {
    onWarning?.(
      `${shown} throws keys away when its memory is full (maxmemory-policy ${policy}): shards would be done again; set it to noeviction`,
    );
  }
}
