import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { file, firstBytes, type Handler, redirect, serve, status } from '../../../testing/http-handlers.js';
import { downloadFile } from '../src/network/download-file.js';
import { redirectTarget } from '../src/network/redirect.js';
import { temporaryFolder } from './temporary-folder.js';

const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => (index * index) >> 3);
const otherBytes = bytes.map((byte) => byte ^ 0xff);
const checksum = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const sha256 = checksum(bytes);
const policy = { failures: 3, firstWait: 5, longestWait: 2000 };

type DownloadOptions = Parameters<typeof downloadFile>[3];

function folders() {
  const parts = temporaryFolder();
  const files = join(parts, 'files');
  mkdirSync(files);
  return { parts, files };
}

function download(url: string, place = folders(), options: Partial<DownloadOptions> = {}) {
  return downloadFile(new URL(url), place, 'weights', { policy, maxBytes: 1e6, ...options });
}

/** Downloads from a server that breaks off after 70000 bytes, and from then on answers as `handler` does. */
async function downloadBroken(handler: Handler, headers?: Record<string, string>) {
  const broken = firstBytes(bytes, 70_000, headers);
  const { url, requests } = await serve(broken, handler);
  const place = folders();
  const reasons: string[] = [];
  await download(url, place, {
    onProgress: ({ done }) => void (done === 70_000 && requests.length === 1 && broken.cut()),
    onRetry: ({ error }) => reasons.push(error.message),
  });
  return { place, requests, reasons };
}

/** What came, by its checksum: long arrays are compared slowly. */
const downloaded = ({ files }: { files: string }) => checksum(readFileSync(join(files, 'weights')));

describe('a download', () => {
  test('brings the file, with its checksum and its progress', async () => {
    const { url } = await serve(file(bytes));
    const place = folders();
    const progress: number[] = [];
    const result = await download(url, place, { onProgress: ({ done }) => progress.push(done) });
    expect(result).toEqual({ name: 'weights', bytes: bytes.length, sha256, verified: false });
    expect(downloaded(place)).toBe(sha256);
    expect(progress.at(-1)).toBe(bytes.length);
    expect(readdirSync(place.files)).toEqual(['weights']);
  });

  test('that breaks goes on where it stopped', async () => {
    const { place, requests, reasons } = await downloadBroken(file(bytes));
    expect(downloaded(place)).toBe(sha256);
    expect(requests[1]!.headers).toMatchObject({ range: 'bytes=70000-', 'if-range': '"v1"' });
    expect(reasons).toEqual([expect.stringMatching(/connection to 127\.0\.0\.1:\d+ .*broke off/)]);
  });

  test('that stalls goes on where it stopped', async () => {
    const { url, requests } = await serve(firstBytes(bytes, 70_000), file(bytes));
    const place = folders();
    const reasons: string[] = [];
    await download(url, place, { silence: 1500, onRetry: ({ error }) => reasons.push(error.message) });
    expect(downloaded(place)).toBe(sha256);
    expect(requests[1]!.headers.range).toBe('bytes=70000-');
    expect(reasons[0]).toMatch(/fell silent: got no byte in 1\.5 seconds/);
  });

  test('that was aborted goes on in the next run', async () => {
    const { url, requests } = await serve(firstBytes(bytes, 70_000), file(bytes));
    const place = folders();
    const stop = new AbortController();
    const first = download(url, place, {
      signal: stop.signal,
      onProgress: ({ done }) => void (done === 70_000 && stop.abort(new Error('enough'))),
    });
    await expect(first).rejects.toThrow('enough');
    expect(existsSync(join(place.files, 'weights'))).toBe(false);
    await download(url, place);
    expect(downloaded(place)).toBe(sha256);
    expect(requests[1]!.headers.range).toBe('bytes=70000-');
  });

  test('that came whole is not fetched again', async () => {
    const { url, requests } = await serve(file(bytes));
    const place = folders();
    const first = await download(url, place, { expected: { sha256 } });
    expect(await download(url, place)).toEqual(first);
    expect(requests).toHaveLength(1);
  });

  test('that nobody expects anything of is held to what the server promises', async () => {
    const { url } = await serve(file(bytes));
    const promises = () => ({ sha256: '0'.repeat(64) });
    const expected = { bytes: undefined, sha256: undefined };
    await expect(download(url, folders(), { promises, expected })).rejects.toThrow(/SHA-256 0000/);
  });

  test('that came whole but lacks its name yet gets it without a request', async () => {
    const { url, requests } = await serve(file(bytes));
    const place = folders();
    writeFileSync(join(place.parts, 'weights.partial'), bytes);
    const version = { etag: '"v1"', size: bytes.length, sha256 };
    writeFileSync(join(place.parts, 'weights.version.json'), JSON.stringify(version));
    expect((await download(url, place)).verified).toBe(true);
    expect(downloaded(place)).toBe(sha256);
    expect(requests).toHaveLength(0);
  });

  test.each<[string, Handler]>([
    ['ignores ranges', (_, response) => void response.writeHead(200, { etag: '"v1"' }).end(otherBytes)],
    ['has another version by now', file(otherBytes, { etag: '"v2"' })],
    [
      'gives a range of another version',
      (request, response) => {
        const start = Number(/\d+/.exec(request.headers.range ?? '')?.[0] ?? 0);
        const range = `bytes ${start}-${otherBytes.length - 1}/${otherBytes.length}`;
        const headers = { etag: '"v2"', ...(start > 0 && { 'content-range': range }) };
        response.writeHead(start > 0 ? 206 : 200, headers).end(otherBytes.subarray(start));
      },
    ],
    [
      'gives another range than was asked for',
      (request, response) => {
        const isRange = request.headers.range !== undefined;
        const headers = { etag: '"v1"', ...(isRange && { 'content-range': `bytes 5-199999/200000` }) };
        response.writeHead(isRange ? 206 : 200, headers).end(isRange ? otherBytes.subarray(5) : otherBytes);
      },
    ],
    [
      'has nothing at that place',
      (request, response) =>
        request.headers.range ? void response.writeHead(416).end() : file(otherBytes)(request, response),
    ],
  ])('begins anew when the server %s', async (_title, handler) => {
    const { place } = await downloadBroken(handler);
    expect(downloaded(place)).toBe(checksum(otherBytes));
  });

  test.each([['no version'], ['a version that may not be the same bytes']])(
    'does not go on where the server tells %s',
    async (title) => {
      const headers: Record<string, string> = title === 'no version' ? {} : { etag: 'W/"v1"' };
      const { place, requests } = await downloadBroken(file(bytes), headers);
      expect(downloaded(place)).toBe(sha256);
      expect(requests[1]!.headers.range).toBeUndefined();
    },
  );

  test('whose earlier part proves wrong by its checksum begins anew, once', async () => {
    const { url, requests } = await serve(file(bytes));
    const place = folders();
    writeFileSync(join(place.parts, 'weights.partial'), otherBytes.subarray(0, 50_000));
    const version = { etag: '"v1"', size: bytes.length, sha256 };
    writeFileSync(join(place.parts, 'weights.version.json'), JSON.stringify(version));
    await download(url, place);
    expect(downloaded(place)).toBe(sha256);
    expect(requests.map(({ headers }) => headers.range)).toEqual(['bytes=50000-', undefined]);
  });
});

describe('a server that lies', () => {
  test('about the size, by announcing more than it gives, fails after some tries', async () => {
    const { url, requests } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': bytes.length + 5 });
      response.write(bytes, () => setTimeout(() => response.destroy(), 50));
    });
    const place = folders();
    await expect(download(url, place)).rejects.toThrow(/connection to 127\.0\.0\.1/);
    expect(requests).toHaveLength(policy.failures);
    expect(existsSync(join(place.files, 'weights'))).toBe(false);
  });

  test.each<[string, Partial<DownloadOptions>, RegExp]>([
    ['has another size than is known', { expected: { bytes: 5 } }, /expected 5 bytes, got 200000/],
    ['has another checksum than is known', { expected: { sha256: '0'.repeat(64) } }, /SHA-256 0000.*got/],
    ['announces more than is allowed', { maxBytes: 1000 }, /at most 1000 bytes/],
  ])('is refused when it %s, and leaves nothing', async (_title, options, message) => {
    const { url, requests } = await serve(file(bytes));
    const place = folders();
    await expect(download(url, place, options)).rejects.toThrow(message);
    expect(requests).toHaveLength(1);
    expect(readdirSync(place.parts)).toEqual(['files']);
    expect(readdirSync(place.files)).toEqual([]);
  });

  test('by sending without end is stopped, and leaves nothing', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200);
      const more = () => void response.write(bytes, () => setImmediate(more));
      more();
    });
    const place = folders();
    await expect(download(url, place)).rejects.toThrow(/larger than it may be/);
    expect(readdirSync(place.parts)).toEqual(['files']);
  });

  test.each([
    ['as what it is', { 'content-type': 'text/html; charset=utf-8' }],
    ['as a file', { 'content-type': 'application/octet-stream' }],
  ])('with a web page in place of the file, %s, is refused with its title', async (_title, headers) => {
    const page = '\n<!DOCTYPE html>\n<html><head><title>Link\n disabled</title></head></html>';
    const { url, requests } = await serve(status(200, headers, page));
    const place = folders();
    await expect(download(url, place)).rejects.toThrow(/web page.*"Link disabled"/);
    expect(requests).toHaveLength(1);
    expect(readdirSync(place.parts)).toEqual(['files']);
  });

  test('by compressing what was asked for as it is is refused', async () => {
    const packed = gzipSync(bytes);
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(packed);
    });
    await expect(download(url)).rejects.toThrow(/expected identity, got gzip/);
  });
});

describe('a status', () => {
  test.each([401, 403, 404, 410])('%i fails at once', async (code) => {
    const { url, requests } = await serve(status(code));
    await expect(download(url)).rejects.toThrow(new RegExp(`expected status 200, got ${code} `));
    expect(requests).toHaveLength(1);
  });

  test.each([429, 500, 502, 503, 504])('%i is tried again', async (code) => {
    const { url } = await serve(status(code), status(code), file(bytes));
    const place = folders();
    await download(url, place);
    expect(downloaded(place)).toBe(sha256);
  });

  test('that stays 500 fails after some tries, and leaves nothing', async () => {
    const { url, requests } = await serve(status(500));
    const place = folders();
    await expect(download(url, place)).rejects.toThrow(/got 500 Internal Server Error/);
    expect(requests).toHaveLength(policy.failures);
    expect(readdirSync(place.parts)).toEqual(['files']);
  });

  test('with Retry-After is waited for, in seconds or until a date', async () => {
    const soon = new Date(Date.now() + 1500).toUTCString();
    const { url } = await serve(
      status(429, { 'retry-after': '1' }),
      status(503, { 'retry-after': soon }),
      file(bytes),
    );
    const waits: number[] = [];
    await download(url, folders(), { onRetry: ({ wait }) => waits.push(wait) });
    expect(waits[0]).toBe(1000);
    expect(waits[1]).toBeLessThanOrEqual(1500);
  });

  test('with a Retry-After that is too long fails, and says how long', async () => {
    const { url, requests } = await serve(status(429, { 'retry-after': '3600' }));
    await expect(download(url)).rejects.toThrow(/wait 3600 seconds/);
    expect(requests).toHaveLength(1);
  });
});

describe('a redirect', () => {
  test('is followed, and no credentials leave their server', async () => {
    const store = await serve(file(bytes));
    const { url, requests } = await serve(redirect('/moved'), redirect(`${store.url}weights`));
    const place = folders();
    await download(`${url}first`, place, { authorization: 'Bearer secret' });
    expect(downloaded(place)).toBe(sha256);
    expect(requests.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/first', 'Bearer secret'],
      ['/moved', 'Bearer secret'],
    ]);
    expect(store.requests[0]!.headers.authorization).toBeUndefined();
  });

  test('in a circle fails', async () => {
    const { url, requests } = await serve(redirect('/again'));
    await expect(download(url)).rejects.toThrow(/circles/);
    expect(requests).toHaveLength(11);
  });

  test.each<[string, string, string | undefined]>([
    ['out of encryption', 'https://a.example/x', 'http://b.example/x'],
    ['to a file', 'http://a.example/x', 'file:///etc/passwd'],
    ['to nowhere', 'http://a.example/x', undefined],
  ])('%s is refused', (_title, from, to) => {
    expect(() => redirectTarget(new URL(from), to)).toThrow(/redirects to/);
  });

  test.each([
    ['https://a.example/x', 'https://b.example/y'],
    ['http://a.example/x', 'http://b.example/y'],
    ['https://a.example/x', 'http://127.0.0.1:80/y'],
    ['http://a.example/x', '/y'],
  ])('from %s to %s is allowed', (from, to) => {
    expect(redirectTarget(new URL(from), to).pathname).toMatch(/^\/y?$/);
  });
});

test('a server that is not there fails after some tries', async () => {
  await expect(download('http://127.0.0.1:1234/')).rejects.toThrow(/ECONNREFUSED/);
});
