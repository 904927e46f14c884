import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import type * as Fleet from '../src/index.js';
import { serveBuckets } from './bucket-server.js';
import { collect } from './collect.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = Uint8Array.from({ length: 320_000 }, (_, index) => (index * index) >> 3);
const small = bytes.subarray(0, 64_000);

/** The package as a process has it that begins now: its client knows the environment as it is then. */
async function newProcess(): Promise<typeof Fleet> {
  vi.resetModules();
  return import('../src/index.js');
}

describe('a bucket', () => {
  test('gives the sounds that begin with a prefix, page by page, as they are asked for', async () => {
    const names = Array.from({ length: 25 }, (_, index) => `bucket/in/${String(index).padStart(2, '0')}.wav`);
    const objects = Object.fromEntries(
      [...names, 'bucket/in/notes.txt', 'bucket/out.wav', 'bucket/in/'].map((name) => [name, small]),
    );
    const { log } = await serveBuckets(objects, { keysOfPage: 10 });
    const { readInputs } = await newProcess();
    const passedOver: string[] = [];
    const reading = readInputs(['s3://bucket/in/'], { onPassedOver: (source) => passedOver.push(source) });
    expect((await reading.next()).value).toEqual({
      entry: { id: 's3://bucket/in/00.wav', source: 's3://bucket/in/00.wav', version: '64000-e64000' },
      seconds: 1,
    });
    expect(log.length).toBe(1);
    const rest = await collect(reading);
    expect(rest.map(({ entry }) => entry.source)).toEqual(names.slice(1).map((name) => `s3://${name}`));
    expect(log.length).toBe(3);
    expect(passedOver).toEqual(['s3://bucket/in/notes.txt']);
  });

  test('gives keys as they are, and all of them without a prefix', async () => {
    await serveBuckets({ 'bucket/a & b<c>.wav': small, 'bucket/ü?#%41.wav': small });
    const { readInputs } = await newProcess();
    const ids = (await collect(readInputs(['s3://bucket']))).map(({ entry }) => entry.id);
    expect(ids).toEqual(['s3://bucket/a & b<c>.wav', 's3://bucket/ü?#%41.wav']);
  });

  test('that cannot be listed says why', async () => {
    await serveBuckets({ 'bucket/a.wav': small });
    process.env.AWS_ACCESS_KEY_ID = 'AKIDOTHER';
    const { readInputs } = await newProcess();
    await expect(collect(readInputs(['s3://bucket/']))).rejects.toThrow(
      /s3:\/\/bucket\/ cannot be listed: got .*AWS_REGION/,
    );
  });

  test('that holds no sound is refused', async () => {
    await serveBuckets({ 'bucket/a.txt': small });
    const { readInputs } = await newProcess();
    await expect(collect(readInputs(['s3://bucket/']))).rejects.toThrow(/holds no sound/);
  });
});

describe('an object', () => {
  test('that is named is a sound, in a manifest too', async () => {
    const { readInputs } = await newProcess();
    const folder = temporaryFolder({ 'list.txt': 's3://bucket/b c.bin\n' });
    const sounds = await collect(readInputs(['s3://bucket/a.bin', `${folder}/list.txt`]));
    expect(sounds.map(({ entry }) => entry.source)).toEqual(['s3://bucket/a.bin', 's3://bucket/b c.bin']);
  });

  test.each(['a.wav', 'deep/../ü?#%41 &.wav'])('is brought to this machine: %s', async (key) => {
    await serveBuckets({ [`bucket/${key}`]: bytes });
    const { openSource } = await newProcess();
    const { sound, close } = await openSource({ source: `s3://bucket/${key}` });
    expect(readFileSync(sound).equals(bytes)).toBe(true); // `toEqual` takes seconds for it
    await close();
  });

  test('that breaks off is asked for the rest', async () => {
    const { log } = await serveBuckets({ 'bucket/breaking/a.wav': bytes });
    const { openSource } = await newProcess();
    const { sound, close } = await openSource({ source: 's3://bucket/breaking/a.wav' });
    expect(readFileSync(sound).equals(bytes)).toBe(true);
    expect(log[1]).toMatch(/bytes=\d+-/);
    await close();
  });

  test('that is not there, is too large or is of a bucket that nobody listed is refused', async () => {
    await serveBuckets({ 'bucket/a.wav': bytes });
    const { openSource } = await newProcess();
    const open = (source: string, access = {}) => openSource({ source }, access);
    await expect(open('s3://bucket/b.wav')).rejects.toThrow(
      /the server does not give s3:\/\/bucket\/b\.wav: expected status 200, got 404 NoSuchKey/,
    );
    await expect(open('s3://bucket/a.wav', { maxBytes: 1000 })).rejects.toThrow(/larger than it may be/);
    await expect(open('s3://bucket/a.wav', { hosts: ['bucket', 's3://other'] })).rejects.toThrow(
      /s3:\/\/bucket is none of the hosts/,
    );
    const { close } = await open('s3://bucket/a.wav', { hosts: ['s3://bucket'] });
    await close();
  });
});

test('without the AWS client, addresses of s3 say how to install it, and nothing else needs it', () => {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--conditions=@audiozoo/source',
      '--import',
      'tsx',
      fileURLToPath(new URL('without-aws.ts', import.meta.url)),
    ],
    { encoding: 'utf8' },
  );
  const lines = stdout.trim().split('\n');
  expect(lines).toEqual([
    'https://example.org/a.wav',
    expect.stringMatching(/not installed.*npm install @aws-sdk\/client-s3/),
    expect.stringMatching(/not installed.*npm install @aws-sdk\/client-s3/),
  ]);
});
