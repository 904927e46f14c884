// Jobs on many machines, which are processes of this one here.

import { cpSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { file, serve, status } from '../../../testing/http-handlers.js';
import { hasRedis, startRedis, type TestRedis } from '../../../testing/redis.js';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const tenSounds = fixture('../models/ten-sounds');

const shards = (out: string) =>
  Object.fromEntries(
    readdirSync(join(out, 'shards'))
      .sort()
      .map((name) => [name, readFileSync(join(out, 'shards', name), 'utf8')]),
  );

describe.skipIf(!hasRedis)('a queue (needs Redis)', () => {
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

  /** Tags with one worker, which ends thereafter. */
  async function tagByWorker(
    tag: readonly string[],
    work: readonly string[],
    { env = {}, tagEnv = {} } = {},
  ) {
    let kill = (_: NodeJS.Signals) => {};
    const queue = ['--queue', redis.url];
    const working = audiozoo(['work', ...work, '--threads', '1', ...queue], {
      env,
      onStart: (signal) => (kill = signal),
    });
    const tagged = await audiozoo(['tag', ...tag, '--quiet', '--shard', '60', ...queue], { env: tagEnv });
    kill('SIGTERM');
    return { tagged, worked: await working };
  }

  test('has a model looked for in a folder of the worker, and sound decoded as the worker says', async () => {
    const folder = temporaryFolder();
    const [theirs, ours] = [join(folder, 'theirs'), join(folder, 'ours')];
    for (const place of [theirs, ours]) cpSync(tenSounds, join(place, 'ten-sounds'), { recursive: true });
    const [clips, out] = [join(folder, 'clips'), join(folder, 'out')];
    cpSync(digitClip('0_zero'), join(clips, 'zero.wav'));
    cpSync(join(tenSounds, 'clips/dog.ogg'), join(clips, 'dog.ogg'));
    const { tagged, worked } = await tagByWorker(
      [clips, '--model', join(theirs, 'ten-sounds'), '--out', out],
      ['--root', clips, '--root', out, '--models', ours, '--decoder', 'vorbis'],
    );
    expect(worked).toMatchObject({
      exitCode: 0,
      stderr: expect.stringContaining('1 clips were heard, 1 could not be'),
    });
    expect(tagged.exitCode).toBe(1);
    const lines = Object.values(shards(out)).join('').trim().split('\n');
    const [dog, zero] = lines.map((line) => JSON.parse(line));
    expect(dog.labels[0].label).toBe('dog');
    expect(zero.error).toContain('the decoder vorbis does not decode');
  });

  test('has a model fetched by the worker where it is an address', async () => {
    const folder = temporaryFolder();
    const server = await serve((request, response) => {
      const path = join(digits, basename(request.url!));
      (existsSync(path) ? file(readFileSync(path)) : status(404))(request, response);
    });
    const out = join(folder, 'out');
    const cacheAt = (name: string) => ({ no_proxy: '*', AUDIOZOO_CACHE: join(folder, name) });
    const { tagged, worked } = await tagByWorker(
      [digitClip('0_zero'), '--model', `${server.url}digits`, '--out', out],
      ['--root', digits, '--root', out],
      { env: cacheAt('worker'), tagEnv: cacheAt('producer') },
    );
    expect(tagged).toMatchObject({ exitCode: 0, stderr: '' });
    expect(worked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('1 clips were heard') });
    const kept = readdirSync(join(folder, 'worker'), { recursive: true, encoding: 'utf8' });
    const sizes = kept.map((path) => statSync(join(folder, 'worker', path)).size);
    expect(sizes).toContain(statSync(join(digits, 'model.safetensors')).size);
    expect(Object.values(shards(out)).join()).toContain('"label":"zero"');
  });

  test('has its status asked for no longer than somebody waits, though it hangs', async () => {
    let kill = (_: NodeJS.Signals) => {};
    const facts = 'redis_version:7.2.0\r\nloading:0\r\n';
    let isHanging = false; // from when it is asked for jobs
    const hanging = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (data) => {
        for (const [, name] of `${data}`.toLowerCase().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)/g)) {
          if (isHanging) return;
          isHanging = name === 'smembers';
          if (isHanging) kill('SIGINT');
          else socket.write(name === 'info' ? `$${facts.length}\r\n${facts}\r\n` : '+OK\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve));
    const { port } = hanging.address() as AddressInfo;
    const status = await audiozoo(['status', '--queue', `redis://127.0.0.1:${port}`], {
      onStart: (signal) => (kill = signal),
    });
    expect(status).toEqual({ exitCode: 130, stdout: '', stderr: '' });
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
