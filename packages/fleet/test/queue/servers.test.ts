// A job on each kind of server that an address may name.

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cancelJob, connectQueue, readStatus, runJob, work } from '@audiozoo/fleet/queue';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../../../testing/free-port.js';
import {
  hasRedis,
  hasValkey,
  type StartOptions,
  startRedis,
  type TestRedis,
} from '../../../../testing/redis.js';
import { isDoneIn, jobOf, readResults, shardsOf } from './job.mjs';
import { quickTimings } from './quick-timings.js';
import { sleepingRunner } from './sleeping-runner.mjs';

/** Valkey where it is installed. */
const programs = ['redis-server', ...(hasValkey ? (['valkey-server'] as const) : [])] as const;

let folder: string;
let servers: TestRedis[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'audiozoo-test-servers-'));
  servers = [];
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await Promise.all(servers.map((server) => server.stop()));
  await rm(folder, { recursive: true });
});

async function start(settings: readonly (readonly [string, string])[] = [], options?: StartOptions) {
  const server = await startRedis(settings, options);
  servers.push(server);
  return server;
}

/** Does a job, and looks at it as people do; `meanwhile` comes once the first shard is done. */
async function doJob(url: string, meanwhile = async () => {}): Promise<void> {
  const job = { name: 'job', folder, shards: 12, sounds: 2 };
  const connections = await Promise.all(
    [0, 1].map(() => connectQueue(url, { timings: quickTimings, patience: 10 })),
  );
  const [ours, theirs] = connections as [(typeof connections)[0], (typeof connections)[0]];
  const ending = new AbortController();
  let first = () => {};
  const begun = new Promise<void>((resolve) => (first = resolve));
  const options = { job: jobOf(job), shards: shardsOf(job), isDone: isDoneIn(job), signal: ending.signal };
  const working = work(theirs, {
    roots: [folder],
    concurrency: 2,
    createRunner: async (record) => sleepingRunner(record, { sleep: 50 }),
    signal: ending.signal,
    onShard: () => first(),
  });
  try {
    const running = runJob(ours, options);
    await begun;
    await meanwhile();
    expect((await running).done).toBe(12);
    const { jobs, workers } = await readStatus(ours);
    expect(jobs).toMatchObject([{ name: 'job', state: 'done' }]);
    expect(workers).toHaveLength(1);
    expect(await cancelJob(ours, 'job')).toBeUndefined();
    const { results, lines } = await readResults(job);
    expect([results.size, lines]).toEqual([24, 24]);
  } finally {
    ending.abort();
    await working;
    await Promise.all(connections.map((connection) => connection.close()));
  }
}

describe.skipIf(!hasRedis)('a job is done by a server (needs Redis)', () => {
  test.each(programs)('that is %s', async (program) => {
    const { url } = await start([], { program });
    await doJob(url);
  });

  test('with TLS, a password, and a certificate of its own', async () => {
    const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
    const kind = ['-x509', '-nodes', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
    execFileSync('openssl', ['req', ...kind, '-keyout', key, '-out', certificate, ...names], {
      stdio: 'ignore',
    });
    const port = await freePort();
    await start([
      ['requirepass', 'secret'],
      ['tls-port', `${port}`],
      ['tls-cert-file', certificate],
      ['tls-key-file', key],
      ['tls-ca-cert-file', certificate],
      ['tls-auth-clients', 'no'],
    ]);
    const url = `rediss://localhost:${port}`;
    vi.stubEnv('AUDIOZOO_REDIS_PASSWORD', 'secret');
    await expect(connectQueue(url, { patience: 0.5 })).rejects.toThrow(
      /no queue answers at rediss:.*self-signed certificate/,
    );
    vi.stubEnv('AUDIOZOO_REDIS_CA', certificate);
    await doJob(url);
  });

  test('that sentinels watch, also when another takes its place', async () => {
    const master = await start();
    const replica = await start([['replicaof', `127.0.0.1 ${master.port}`]]);
    const { port } = await start([], {
      sentinel: [
        `sentinel monitor sounds 127.0.0.1 ${master.port} 1`,
        'sentinel down-after-milliseconds sounds 500',
        'sentinel failover-timeout sounds 3000',
      ],
    });
    const sentinel = new Redis(port, '127.0.0.1');
    try {
      const replicas = async () => (await sentinel.call('SENTINEL', 'REPLICAS', 'sounds')) as unknown[];
      while ((await replicas()).length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
      await doJob(`redis-sentinel://127.0.0.1:${port}/sounds`, () => master.kill());
      const address = await sentinel.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', 'sounds');
      expect(address).toEqual(['127.0.0.1', `${replica.port}`]);
    } finally {
      sentinel.disconnect();
    }
  });

  test('of a cluster', async () => {
    const { port } = await start([
      ['cluster-enabled', 'yes'],
      ['cluster-port', `${await freePort()}`],
      ['cluster-announce-ip', '127.0.0.1'], // which nodes else learn when they meet
    ]);
    const node = new Redis(port, '127.0.0.1');
    try {
      await node.call('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
      const isUp = async () => `${await node.call('CLUSTER', 'INFO')}`.includes('cluster_state:ok');
      while (!(await isUp())) await new Promise((resolve) => setTimeout(resolve, 50));
      await doJob(`redis-cluster://127.0.0.1:${port}`);
    } finally {
      node.disconnect();
    }
  });
});
