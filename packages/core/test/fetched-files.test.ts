import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AudiozooError, type ErrorCode } from '@audiozoo/core';
import {
  type FetchOptions,
  type FileProgress,
  forgetDownloads,
  openFile,
  openFiles,
} from '@audiozoo/core/files';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { type FileServer, type Manners, serveFiles } from '../../../testing/file-server.js';

/** More than the beginning that is asked for first. */
const large = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7919) % 251);
const small = new TextEncoder().encode('{"model_type": "toy"}');
const page = new TextEncoder().encode('\n<!DOCTYPE html><title>My app</title>');

let server: FileServer;
beforeAll(async () => {
  server = await serveFiles();
});
afterAll(() => server.close());
afterEach(() => rmSync(process.env.AUDIOZOO_CACHE!, { recursive: true }));
beforeEach(() => {
  vi.stubEnv('AUDIOZOO_CACHE', mkdtempSync(join(tmpdir(), 'audiozoo-cache-')));
  server.files.clear();
  server.files.set('/model/large.bin', large);
  server.files.set('/model/small.json', small);
  server.files.set('/model/empty.bin', new Uint8Array());
  server.manners = { ranges: true };
  server.log.length = 0;
});

async function open(name: string, options?: FetchOptions) {
  return (await openFiles(`${server.url}/model`, options)).open(name);
}

async function readAll(name: string, options?: FetchOptions): Promise<Uint8Array> {
  const source = (await open(name, options))!;
  try {
    return await source.read(0, source.size);
  } finally {
    await source.close();
  }
}

async function refusal(promise: Promise<unknown>, code: ErrorCode): Promise<string> {
  const error = await promise.then(
    () => expect.unreachable('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(AudiozooError.isInstance(error, code), String(error)).toBe(true);
  return String(error);
}

describe.each([
  ['knows ranges', { ranges: true }],
  ['ignores ranges', { ranges: false }],
  ['ignores ranges and says no length', { ranges: false, chunked: true }],
] satisfies [string, Manners][])('from a server that %s', (_, manners) => {
  beforeEach(() => {
    server.manners = manners;
  });

  test.each([
    ['large.bin', large],
    ['small.json', small],
    ['empty.bin', new Uint8Array()],
  ])('%s comes whole', async (name, content) => {
    expect(Buffer.compare(await readAll(name), content)).toBe(0);
  });

  test('parts come as they are asked for, in any order, at once', async () => {
    const source = (await open('large.bin'))!;
    expect(source.size).toBe(large.length);
    const parts = await Promise.all([600_000, 0, 300_000].map((offset) => source.read(offset, 1000)));
    expect(parts).toEqual([600_000, 0, 300_000].map((offset) => large.slice(offset, offset + 1000)));
    const error = await refusal(source.read(large.length - 1, 2), 'file');
    expect(error).toContain('ends too early');
    await source.close();
  });

  test('progress counts up to the whole', async () => {
    const progress: FileProgress[] = [];
    await readAll('large.bin', { onProgress: (event) => progress.push(event) });
    expect(progress.at(-1)).toEqual({
      from: 'network',
      file: 'large.bin',
      unit: 'bytes',
      done: large.length,
      total: large.length,
    });
    expect(progress.every(({ done }, index) => done >= (progress[index - 1]?.done ?? 0))).toBe(true);
  });

  test('a file that is not there is none', async () => {
    expect(await open('absent.bin')).toBeUndefined();
  });
});

test('the header of weights costs one small request, and all of them one more', async () => {
  const source = (await open('large.bin'))!;
  await source.read(0, 1000);
  expect(server.log).toEqual(['GET /model/large.bin bytes=0-262143']);
  await Promise.all([source.read(500_000, 10), source.read(600_000, 10)]);
  expect(server.log).toEqual(['GET /model/large.bin bytes=0-262143', 'GET /model/large.bin']);
  await source.close();
});

test('a server that ignores ranges is asked once', async () => {
  server.manners = {};
  await readAll('large.bin');
  expect(server.log).toEqual(['GET /model/large.bin bytes=0-262143']);
});

describe('what was fetched', () => {
  const manners = { ranges: true, etag: '"one"' };
  beforeEach(() => {
    server.manners = manners;
  });

  test('is kept on disk, and not fetched again while the server has no other version', async () => {
    await readAll('large.bin');
    server.log.length = 0;
    const from: string[] = [];
    const source = (await open('large.bin', { onProgress: (progress) => from.push(progress.from) }))!;
    expect(Buffer.compare(readFileSync(source.path!), large)).toBe(0);
    await source.close();
    expect([from, server.log]).toEqual([['cache'], ['GET /model/large.bin bytes=0-0']]);

    server.files.set('/model/large.bin', large.with(5, 255));
    server.manners = { ranges: true, etag: '"two"' };
    expect((await readAll('large.bin'))[5]).toBe(255);
  });

  test('has a path as soon as all of it is there', async () => {
    const source = (await open('large.bin'))!;
    expect(source.path).toBeUndefined();
    await source.fetchAll!();
    expect(Buffer.compare(readFileSync(source.path!), large)).toBe(0);
    await source.close();
  });

  test('is read where the server is down, and is nothing once it is gone there', async () => {
    await readAll('large.bin');
    server.manners = { ...manners, status: 503 };
    expect((await readAll('large.bin')).length).toBe(large.length);
    server.manners = manners;
    server.files.delete('/model/large.bin');
    expect(await open('large.bin')).toBeUndefined();
    expect(readdirSync(join(process.env.AUDIOZOO_CACHE!, 'files'))).toEqual([]);
  });

  test('is of one download where several want it at once', async () => {
    const all = await Promise.all([readAll('large.bin'), readAll('large.bin'), readAll('large.bin')]);
    for (const content of all) expect(Buffer.compare(content, large)).toBe(0);
    expect(server.log.filter((line) => !line.includes('bytes='))).toEqual(['GET /model/large.bin']);
  });

  test('is not kept when told so, and forgotten when asked to', async () => {
    const kept = () => readdirSync(process.env.AUDIOZOO_CACHE!);
    await readAll('large.bin', { cache: false });
    expect(kept()).toEqual([]);
    await readAll('large.bin');
    expect(kept()).toEqual(['files']);
    await forgetDownloads();
    expect(kept()).toEqual([]);
  });
});

test('a download that breaks off goes on where it stopped', async () => {
  server.manners = { ranges: true, etag: '"one"', breakAfter: 300_000 };
  const source = (await open('large.bin'))!;
  expect(Buffer.compare(await source.read(0, large.length), large)).toBe(0);
  await source.close();
  const [, first, ...others] = server.log;
  expect(first).toBe('GET /model/large.bin');
  expect(others.length).toBeGreaterThan(0);
  for (const line of others) expect(line).toMatch(/ bytes=[1-9]\d+-$/);
});

test('an address whose escapes are none is an address like others', async () => {
  server.files.set('/100%.pth', small);
  const source = await openFile(`${server.url}/100%.pth`);
  expect([source.name, source.size]).toEqual(['100%.pth', small.length]);
  await source.close();
});

test('a query goes along to every file, and names are escaped', async () => {
  server.files.set('/model/a%20%23.bin?token=1', small);
  const files = await openFiles(`${server.url}/model/?token=1#part`);
  expect((await files.open('a #.bin'))?.size).toBe(small.length);
});

test('one file is opened by its address', async () => {
  const source = await openFile(`${server.url}/model/small.json`);
  expect(await source.read(0, 5)).toEqual(small.slice(0, 5));
  expect(await refusal(openFile(`${server.url}/absent`), 'file')).toContain('is not there');
});

test.each(['../secret', 'a/b', 'a\\b', '..', ''])('the name %j never becomes an address', async (name) => {
  expect(await refusal(open(name), 'file')).toContain('is not a file name');
  expect(server.log).toEqual([]);
});

describe('refuses', () => {
  test.each([
    ['by its type', 'text/html; charset=utf-8', small],
    ['by its beginning', 'application/json', page],
  ])('a web page in place of a file, told %s', async (_, contentType, content) => {
    server.files.set('/model/config.json', content);
    server.manners = { contentType };
    expect(await refusal(open('config.json'), 'file')).toContain('is a web page, not the file');
  });

  test.each([
    [403, 'wants a login or a license'],
    [503, 'try again later'],
    [400, 'Check the address'],
  ])('an answer of %d, and says what to do', async (status, advice) => {
    server.manners = { status };
    const message = await refusal(open('small.json'), 'file');
    expect(message).toContain(`got ${status}`);
    expect(message).toContain(advice);
  });

  test('a file shorter than the server said', async () => {
    server.manners = { lengthOff: 10, breakAfter: large.length - 1 };
    expect(await refusal(readAll('large.bin'), 'file')).toMatch(/broke off: expected 700010 bytes/);
  });

  test('a file longer than the server said', async () => {
    server.manners = { ranges: true };
    const source = (await open('large.bin'))!;
    server.files.set('/model/large.bin', Uint8Array.from([...large, 1, 2]));
    server.manners = { chunked: true };
    const message = await refusal(source.read(0, large.length), 'file');
    expect(message).toContain('expected 700000 bytes, got more than 700000 bytes');
  });

  test.each([
    ['in its beginning', 5, undefined],
    ['by its ETag', 500_000, '"two"'],
  ])('a file that changes while it is read, told %s', async (_, place, etag) => {
    server.manners = { ranges: true, etag: '"one"' };
    const source = (await open('large.bin'))!;
    server.files.set('/model/large.bin', large.with(place, 255));
    if (etag) server.manners = { ranges: true, etag };
    expect(await refusal(source.read(0, large.length), 'file')).toContain('changed on the server');
  });

  test.each([100, 400_000])('a connection that breaks after %d bytes', async (breakAfter) => {
    server.manners = { breakAfter };
    const message = await refusal(readAll('large.bin'), 'file');
    expect(message).toContain('broke off: expected 700000 bytes');
  });

  test.each([{ chunked: true }, { ranges: true }])('a text of more than 64 MiB, sent %o', async (manners) => {
    server.files.set('/model/config.json', new Uint8Array(2 ** 26 + 1));
    server.manners = manners;
    expect(await refusal(readAll('config.json'), 'file')).toContain('larger than it may be');
    server.files.delete('/model/config.json');
  });

  test('a server that cannot be reached', async () => {
    const gone = await serveFiles();
    await gone.close();
    const message = await refusal(
      openFiles(gone.url).then((files) => files.open('config.json')),
      'file',
    );
    expect(message).toContain('cannot be reached');
    expect(message).toContain('Check the address and the network');
  });
});

describe('a SHA-256', () => {
  const digest = createHash('sha256').update(large);
  const hex = digest.copy().digest('hex');
  const integrityOf = (text: string) => ({ integrity: { 'large.bin': text }, cache: false });

  test.each([
    ['base64', `sha256-${digest.copy().digest('base64')}`],
    ['hexadecimal digits', hex.toUpperCase()],
  ])('in %s is checked', async (_, text) => {
    expect((await readAll('large.bin', integrityOf(text))).length).toBe(large.length);
    server.files.set('/model/large.bin', large.with(650_000, 255));
    const message = await refusal(readAll('large.bin', integrityOf(text)), 'file');
    expect(message).toContain(`is not the file that was expected: expected SHA-256 ${hex}`);
  });

  test('of a small file is checked before the file is opened', async () => {
    const message = await refusal(open('small.json', { integrity: { 'small.json': hex } }), 'file');
    expect(message).toContain('is not the file that was expected');
  });

  test.each(['sha256-short', 'md5-aaaa', ''])('must be one: %j', async (text) => {
    expect(await refusal(open('large.bin', integrityOf(text)), 'argument')).toContain('is no SHA-256');
  });

  test('is right at every length around its blocks', async () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 128, 1000]) {
      const content = large.subarray(0, length);
      server.files.set('/model/file', content);
      const right = createHash('sha256').update(content).digest('hex');
      expect((await readAll('file', { integrity: { file: right } })).length).toBe(length);
    }
  });
});

describe('aborting', () => {
  test('before the first byte rejects with the reason', async () => {
    const reason = new Error('enough');
    await expect(open('large.bin', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(server.log).toEqual([]);
  });

  test('midway rejects with the reason and hangs up', async () => {
    server.manners = { stallAfter: 400_000 };
    const controller = new AbortController();
    const source = (await open('large.bin', { signal: controller.signal }))!;
    const reading = source.read(0, large.length);
    const reason = new Error('enough');
    setTimeout(() => controller.abort(reason), 20);
    await expect(reading).rejects.toBe(reason);
    await source.close();
  });

  test('is what closing does to a download that nobody waits for', async () => {
    server.manners = { stallAfter: 400_000 };
    const source = (await open('large.bin'))!;
    const reading = source.read(0, large.length).catch((error: unknown) => error);
    await source.close();
    expect(await reading).toBeInstanceOf(Error);
  });
});
