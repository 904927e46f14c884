// Jobs on many machines, which are processes of this one here.

import { readdirSync, readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../../../testing/redis.js';
import { audiozoo, digits, temporaryFolder } from './audiozoo.js';

const shards = (out: string) =>
  Object.fromEntries(
    readdirSync(join(out, 'shards'))
      .sort()
      .map((name) => [name, readFileSync(join(out, 'shards', name), 'utf8')]),
  );

describe.skipIf(!hasRedis)('a queue (needs Redis: no redis-server found)', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test('has jobs done by workers, byte for byte as one machine does them', async () => {
    const folder = temporaryFolder();
    const [alone, together] = [join(folder, 'alone'), join(folder, 'together')];
    const tag = ['tag', join(digits, 'clips'), '--model', digits, '--shard', '4', '--quiet', '--out'];
    expect(await audiozoo([...tag, alone])).toMatchObject({ exitCode: 0, stderr: '' });
    const env = { AUDIOZOO_QUEUE: redis.url };
    const kills: ((signal: NodeJS.Signals) => void)[] = [];
    const roots = ['--root', folder, '--root', digits];
    const working = [0, 1].map(() =>
      audiozoo(['work', ...roots, '--threads', '1'], { env, onStart: (kill) => kills.push(kill) }),
    );
    const tagged = await audiozoo([...tag, together, '--queue', redis.url, '--name', 'words']);
    expect(tagged).toMatchObject({ exitCode: 0, stderr: '' });
    const status = JSON.parse((await audiozoo(['status', '--json'], { env })).stdout);
    expect(status).toMatchObject({
      jobs: [{ name: 'words', state: 'done', clips: 11, failed: 0, backlogSeconds: 0 }],
      workers: [{ slots: 1 }, { slots: 1 }],
    });
    expect((await audiozoo(['status', '--queue', redis.url])).stdout).toMatch(
      /^words: done\n {2}shards: \d+ done/,
    );
    const cancelled = await audiozoo(['cancel', '--name', 'words'], { env });
    expect(cancelled).toMatchObject({ exitCode: 0, stderr: 'words was over already\n' });
    for (const kill of kills) kill('SIGTERM');
    for (const { exitCode, stderr } of await Promise.all(working)) {
      expect(stderr).toMatch(/\d+ shards: \d+ clips were heard, 0 could not be/);
      expect(exitCode).toBe(0);
    }
    expect(shards(together)).toEqual(shards(alone));
    expect(readFileSync(join(together, 'summary.json'))).toEqual(readFileSync(join(alone, 'summary.json')));
  });

  test('has its status asked for no longer than somebody waits, though it hangs', async () => {
    let kill = (_: NodeJS.Signals) => {};
    const facts = 'redis_version:7.2.0\r\nloading:0\r\n';
    // Answers until it is asked for jobs.
    const hanging = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        for (const [, name] of `${data}`.toLowerCase().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          if (name === 'smembers') return kill('SIGINT');
          socket.write(name === 'info' ? `$${facts.length}\r\n${facts}\r\n` : '+OK\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    const status = await audiozoo(['status', '--queue', `redis://127.0.0.1:${port}`], {
      onStart: (signal) => (kill = signal),
    });
    expect(status).toMatchObject({ exitCode: 130, stdout: '' });
    hanging.close();
  });

  test('says what is wrong', async () => {
    expect(await audiozoo(['cancel', '--queue', redis.url, '--name', 'nobodys'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('the queue has no job nobodys'),
    });
    expect(await audiozoo(['work'])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("required option '--queue <address>' not specified"),
    });
    const { exitCode, stderr } = await audiozoo(['status', '--queue', 'redis://ann:secret@here:x']);
    expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/^(?!.*secret).*See --queue/s)]);
    const twice = [
      'tag',
      digits,
      '--model',
      digits,
      '--out',
      'out',
      '--queue',
      redis.url,
      '--concurrency',
      '2',
    ];
    expect(await audiozoo(twice)).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('--concurrency'),
    });
  });
});
