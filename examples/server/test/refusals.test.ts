// Bad requests and hostile ones: each has an answer that says why, none is a 500, and none leaves anything behind.

import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { siteUrl } from '@audiozoo/core';
import { type LocalClassifier, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { bytesOf, wav16, wavFile } from '../../../testing/wav-file.js';
import {
  clip,
  digits,
  problemOf,
  type Served,
  type ServeOptions,
  serve,
  watchTemporaryFiles,
} from './served.js';

const ffmpegAvailable = spawnSync('ffmpeg', ['-version']).status === 0;

let classifier: LocalClassifier;
beforeAll(async () => {
  const backend = onnxruntimeNode({ device: 'cpu' });
  classifier = await loadClassifier(digits, { models: [ast], backend });
});
afterAll(() => classifier.dispose());

const temporary = watchTemporaryFiles();

const serveDigits = (options: Partial<ServeOptions> = {}) =>
  serve({ classifiers: new Map([['digits', classifier]]), ...options });

/** It still hears, and nothing of what came before lies about. */
async function expectUnharmed({ send }: Served): Promise<void> {
  const response = await send('/v1/classify', clip('7_seven'));
  expect(((await response.json()) as { labels: { label: string }[] }).labels[0]!.label).toBe('seven');
  expect(temporary.files()).toEqual([]);
}

test('a problem is of a type that the site explains, with one title whatever its status', async () => {
  const { send } = await serveDigits();
  const type = `${siteUrl}errors#argument`;
  const problem = await problemOf(await send('/v1/classify?topK=0', clip('7_seven')), 400);
  expect(problem.type).toBe(type);
  const missing = await problemOf(await send('/v1/classify?model=none', clip('7_seven')), 404);
  expect([missing.type, missing.title]).toEqual([type, problem.title]);
  const notes = await problemOf(await send('/v1/classify', Buffer.from('no sound at all')), 422);
  expect(notes).toMatchObject({ type: `${siteUrl}errors#audio`, title: 'This is no sound that can be read' });
});

describe('a query', () => {
  test.each([
    ['topK=0', 400, 'topK'],
    ['topK=-1', 400, 'topK'],
    ['topK=1.5', 400, 'topK'],
    ['topK=1e999', 400, 'topK'],
    ['topK=many', 400, 'topK'],
    ['topK=1&topK=2', 400, 'topK'],
    ['topK[]=1', 400, 'topK[]'],
    ['top_k=1', 400, 'top_k'],
    ['__proto__=1', 400, '__proto__'],
    ['constructor=1&toString=2', 400, 'constructor'],
    ['aggregate=none', 400, 'aggregate'],
    ['start=-1', 400, 'start'],
    ['start=5', 400, 'start'],
    ['duration=0', 400, 'duration'],
    ['hop=0.000001', 400, 'hop'],
    ['window=100&aggregate=mean', 400, 'window'],
    ['window=1', 400, 'window'],
    ['channel=1', 400, 'channel'],
    ['model=other', 404, 'digits'],
    ['model=__proto__', 404, 'digits'],
    ['model=../../etc/passwd', 404, 'digits'],
    ['model=%00', 404, 'digits'],
    ['model=%ff', 404, 'digits'],
  ])('%s is refused with %i', async (query, status, said) => {
    const served = await serveDigits();
    const { detail } = await problemOf(await served.send(`/v1/classify?${query}`, clip('7_seven')), status);
    expect(detail).toContain(said);
    await expectUnharmed(served);
  });

  test('of events is checked as strictly', async () => {
    const served = await serveDigits();
    for (const query of ['threshold=0', 'threshold=2', 'minDuration=-1', 'topK=1']) {
      await problemOf(await served.send(`/v1/events?${query}`, clip('7_seven')), 400);
    }
    // So short a window would make more windows than are heard.
    for (const window of [0.00001, 0.02, 1.5]) {
      const response = await served.send(`/v1/events?window=${window}`, clip('7_seven'));
      expect((await problemOf(response, 400)).detail).toContain('the window does not fit the model');
    }
  });
});

describe('a body', () => {
  const sine = Float32Array.from({ length: 16_000 }, (_, index) => Math.sin(index / 10));
  const float = (samples: Float32Array) => wavFile(bytesOf(samples), { format: 'float', bits: 32 });
  const seven = clip('7_seven');

  test.each<[string, Uint8Array, number, string]>([
    ['nothing', new Uint8Array(0), 400, 'no sound in the request'],
    ['text', Buffer.from('hello, world'), 422, 'text'],
    ['a page', Buffer.from('<!doctype html><html></html>'), 422, 'HTML'],
    ['zeros', new Uint8Array(5000), 422, 'the file is not sound'],
    ['zeros, too many for memory', new Uint8Array(2 ** 21), 422, 'the file is not sound'],
    ['a WAV header and no more', seven.subarray(0, 44), 422, ''],
    ['half a WAV header', seven.subarray(0, 20), 422, ''],
    ['a WAV file of no samples', wav16([]), 422, ''],
    ['ten samples', wav16(Array.from({ length: 10 }, () => 1)), 422, 'samples'],
    ['NaN', float(sine.with(5000, Number.NaN)), 422, 'NaN'],
    ['infinity', float(sine.with(5000, Number.POSITIVE_INFINITY)), 422, 'Infinity'],
    ['a rate of 0', wav16([1, 2, 3], { sampleRate: 0 }), 422, ''],
    ['a rate of 4 GHz', wav16([1, 2, 3], { sampleRate: 4e9 }), 422, ''],
    [
      '60,000 channels',
      wav16(
        Array.from({ length: 60_000 }, () => 1),
        { channels: 60_000 },
      ),
      422,
      '',
    ],
    ['frames of 0 bytes', wav16([1, 2, 3], { lies: { blockAlign: 0 } }), 422, ''],
    ['more than the model hears', wav16(new Array(32_000).fill(1)), 413, 'aggregate'],
  ])('of %s is refused with a reason', async (_title, body, status, said) => {
    const served = await serveDigits();
    for (const send of [served.send, (path: string) => served.sendForm(path, { file: body })]) {
      const problem = await problemOf(await send('/v1/classify', body), status);
      expect(problem.detail).toContain(said);
      expect(JSON.stringify(problem)).not.toContain(temporary.folder());
    }
    await expectUnharmed(served);
  });

  test('that claims more samples than it has is heard as far as it goes', async () => {
    const served = await serveDigits();
    for (const dataSize of [2 ** 31, 2 ** 32 - 1]) {
      const samples = Array.from(sine, (value) => value * 3000);
      const response = await served.send(
        '/v1/classify',
        wav16(samples, { lies: { dataSize, riffSize: dataSize } }),
      );
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ seconds: 1 });
    }
  });

  test('cut short anywhere or with any byte changed has an answer that is no 500', async () => {
    const served = await serveDigits({ atOnce: 4, queue: 1000 });
    const bodies = Array.from({ length: 150 }, (_, index) => {
      const body = Uint8Array.from(seven);
      // Most of what can go wrong is in the header: 44 bytes, each changed to two others.
      if (index < 88) body[index >> 1] = index % 2 ? 255 : body[index >> 1]! ^ 0x10;
      return index < 88 ? body : body.subarray(0, Math.round((body.length * (index - 88)) / 62));
    });
    const responses = await Promise.all(bodies.map((body) => served.send('/v1/classify', body)));
    const statuses = new Set(responses.map(({ status }) => status));
    for (const status of statuses) expect([200, 400, 413, 415, 422]).toContain(status);
    expect(statuses.size).toBeGreaterThan(2);
    await expectUnharmed(served);
  });

  test.each(['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'nonsense', ''])(
    'of the type %j is not read',
    async (type) => {
      const served = await serveDigits();
      const headers = { 'content-type': type };
      const { expected } = await problemOf(await served.send('/v1/classify', seven, { headers }), 415);
      expect(expected).toContain('audio/*');
    },
  );

  test('may be missing', async () => {
    const { url } = await serveDigits();
    await problemOf(await fetch(`${url}/v1/classify`, { method: 'POST' }), 400);
  });

  test('of more than the limit is refused, whatever it says of its length', async () => {
    const served = await serveDigits({ maxBytes: 100_000 });
    const large = new Uint8Array(400_000);
    for (const body of [large, new Blob([large]).stream()]) {
      const { detail } = await problemOf(await served.send('/v1/classify', body), 413);
      expect(detail).toContain('100000 bytes');
    }
    await problemOf(await served.sendForm('/v1/classify', { file: large }), 413);
    expect((await served.sendForm('/v1/classify', { file: clip('7_seven') })).status).toBe(200);
    await expectUnharmed(served);
  });

  test('that claims a terabyte is refused before it comes', async () => {
    const served = await serveDigits();
    const headers = { 'content-type': 'audio/wav', 'content-length': 1e12 };
    const sent = request({ port: served.port, method: 'POST', path: '/v1/classify', headers });
    sent.flushHeaders();
    const status = await new Promise((resolve) =>
      sent.on('response', ({ statusCode }) => resolve(statusCode)),
    );
    expect(status).toBe(413);
    sent.on('error', () => {}).destroy();
    await expectUnharmed(served);
  });

  test('of more sound than is heard in one request is refused, however few its bytes', async () => {
    const served = await serveDigits({ maxSeconds: 2 });
    const silence = wav16(new Array(40_000).fill(0));
    for (const path of ['/v1/classify?aggregate=mean', '/v1/events']) {
      const { detail } = await problemOf(await served.send(path, silence), 413);
      expect(detail).toContain('at most 2 seconds');
    }
    expect((await served.send('/v1/events?duration=1', silence)).status).toBe(200);
  });

  test('of more windows than are heard in one request is refused, and told which hop would do', async () => {
    const served = await serveDigits({ maxWindows: 10 });
    const silence = wav16(new Array(32_000).fill(0)); // 2 seconds
    for (const [query, windows] of [
      ['/v1/classify?hop=0.01', 200],
      ['/v1/classify?aggregate=max&window=0.1', 20],
      ['/v1/events?hop=0.1', 20],
    ] as const) {
      const { detail } = await problemOf(await served.send(query, silence), 413);
      expect(detail).toContain(`expected at most 10, got ${windows}, one every`);
      expect(detail).toContain('a `hop` of at least 0.2 seconds');
    }
    for (const path of ['/v1/classify', '/v1/events']) {
      expect((await served.send(`${path}?hop=0.2`, silence)).status).toBe(200);
      const longer = wav16(new Array(75_200).fill(0)); // 4.7 seconds, and 4.7 / 0.47 is more than 10
      expect((await served.send(`${path}?hop=0.47`, longer)).status).toBe(200);
    }
  });
});

describe('a form', () => {
  const part = (disposition: string, content = 'x') =>
    `--b\r\nContent-Disposition: form-data; ${disposition}\r\n\r\n${content}\r\n`;

  test.each([
    ['without a boundary', 'multipart/form-data', 'x'],
    ['with another boundary', 'multipart/form-data; boundary=b', '--c\r\n\r\nx\r\n--c--\r\n'],
    ['without an end', 'multipart/form-data; boundary=b', part('name="file"; filename="a"')],
    ['of nothing', 'multipart/form-data; boundary=b', ''],
    ['of no parts', 'multipart/form-data; boundary=b', '--b--\r\n'],
    ['of junk', 'multipart/form-data; boundary=b', '\0\r\n\xff'.repeat(1000)],
    ['with a header without an end', 'multipart/form-data; boundary=b', `--b\r\n${'a'.repeat(200_000)}`],
    [
      'with another field',
      'multipart/form-data; boundary=b',
      `${part('name="other"; filename="a"')}--b--\r\n`,
    ],
    ['with text', 'multipart/form-data; boundary=b', `${part('name="topK"', '3')}--b--\r\n`],
    [
      'with the path of a file',
      'multipart/form-data; boundary=b',
      `${part('name="file"', '/etc/passwd')}--b--\r\n`,
    ],
    ['with __proto__', 'multipart/form-data; boundary=b', `${part('name="__proto__"', '1')}--b--\r\n`],
    [
      'with two files',
      'multipart/form-data; boundary=b',
      `${part('name="file"; filename="a"').repeat(2)}--b--\r\n`,
    ],
    [
      'with a thousand fields',
      'multipart/form-data; boundary=b',
      `${part('name="a"').repeat(1000)}--b--\r\n`,
    ],
  ])('%s is refused', async (_title, type, body) => {
    const served = await serveDigits();
    const init = { headers: { 'content-type': type } };
    await problemOf(await served.send('/v1/classify', Buffer.from(body, 'latin1'), init), 400);
    await expectUnharmed(served);
  });

  test('cannot choose where its file lies', async () => {
    const served = await serveDigits();
    const form = new FormData();
    form.append('file', new File([clip('7_seven')], '../../../../tmp/evil.wav'));
    const response = await fetch(`${served.url}/v1/classify`, { method: 'POST', body: form });
    expect(response.status).toBe(200);
    await expectUnharmed(served);
  });
});

describe('what is no request', () => {
  test('is answered before the connection is closed', async () => {
    const served = await serveDigits();
    const socket = connect(served.port, '127.0.0.1');
    socket.write('hello\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*application\/problem\+json.*not HTTP/s);
    await expectUnharmed(served);
  });

  test('or for another address is', async () => {
    const { url } = await serveDigits();
    await problemOf(await fetch(`${url}/v2/classify`), 404);
    await problemOf(await fetch(`${url}/v1/classify`), 404);
    await problemOf(await fetch(`${url}/v1/%c0`), 400);
  });
});

describe('compressed sound', () => {
  const flac = Buffer.concat([Buffer.from('fLaC'), new Uint8Array(500)]);
  const wavPack = Buffer.concat([Buffer.from('wvpk'), new Uint8Array(500)]);

  test('says that it needs ffmpeg where there is none', async () => {
    const served = await serveDigits();
    vi.stubEnv('PATH', temporary.folder());
    const problem = await problemOf(await served.send('/v1/classify', wavPack), 415);
    expect(problem.what).toBe('the file holds WavPack sound, which needs ffmpeg to decode');
    expect(problem.hint).toContain('pass WAV');
    await expectUnharmed(served);
  });

  test.runIf(ffmpegAvailable)('is heard where there is one (needs ffmpeg)', async () => {
    const served = await serveDigits();
    const options = ['-nostdin', '-v', 'error', '-i', `${digits}/clips/7_seven.wav`, '-f', 'flac', 'pipe:1'];
    const { stdout } = spawnSync('ffmpeg', options);
    const init = { headers: { 'content-type': 'audio/flac' } };
    const response = await served.send('/v1/classify', stdout, init);
    const { labels } = (await response.json()) as { labels: unknown[] };
    expect(labels).toEqual(await classifier.classify(`${digits}/clips/7_seven.wav`));

    const problem = await problemOf(await served.send('/v1/classify', flac, init), 422);
    expect(problem.what).toBe('the file is a damaged FLAC file');
    expect(JSON.stringify(problem)).not.toContain(temporary.folder());
    await expectUnharmed(served);
  });
});
