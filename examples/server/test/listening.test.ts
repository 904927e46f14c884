// Live sound over a WebSocket.

import { once } from 'node:events';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { type LocalClassifier, listen, loadClassifier } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Hearing } from '../src/hearing.js';
import { liveSound } from '../src/live-sound.js';
import { createTokens, parseTokens } from '../src/tokens.js';
import { clip, digits, modelCalled, problemOf, type ServeOptions, serve, soon } from './served.js';
import { startServer } from './started.js';

type Message = Record<string, unknown> & { readonly type: string };

/** A client, all that it was told so far, and how its connection ended. */
async function connect(url: string, options: { headers?: Record<string, string>; origin?: string } = {}) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/v1/listen`, options);
  onTestFinished(() => socket.terminate());
  const messages: Message[] = [];
  socket.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await once(socket, 'open');
  return {
    socket,
    messages,
    closed,
    say: (message: object) => socket.send(JSON.stringify(message)),
    ready: () => soon(() => expect(messages[0]).toMatchObject({ type: 'ready' })),
    /** Waits for the end, and gives the last thing that was said before. */
    async last() {
      const closeCode = await closed;
      return { closeCode, ...messages.at(-1)! } as Message & { readonly closeCode: number };
    },
  };
}

/** The bundled seven, at 22,050 Hz. */
const seven = (() => {
  const bytes = Uint8Array.from(clip('7_seven').subarray(44));
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
})();
const asFloats = Float32Array.from(seven, (sample) => sample / 2 ** 15);
const sampleRate = 22_050;
const wholeHop = { sampleRate, hop: 0.25, live: false, topK: 3 };

describe('the bundled model', () => {
  let classifier: LocalClassifier;
  beforeAll(async () => {
    const backend = onnxruntimeNode({ device: 'cpu' });
    classifier = await loadClassifier(digits, { models: [ast], backend });
  });
  afterAll(() => classifier.dispose());
  const serveDigits = (options: Partial<ServeOptions> = {}) =>
    serve({ classifiers: new Map([['digits', classifier]]), ...options });

  test.each([
    ['float32', asFloats],
    ['int16', seven],
  ] as const)('hears %s as it comes, as `listen` does', async (format, samples) => {
    const { url, metric } = await serveDigits();
    const { socket, messages, closed, say } = await connect(url);
    say({ ...wholeHop, format });
    const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
    for (let at = 0; at < bytes.length; at += 3000) socket.send(bytes.subarray(at, at + 3000));
    say({ end: true });
    expect(await closed).toBe(1000);

    const expected: object[] = [];
    async function* pieces() {
      yield asFloats;
    }
    const source = { sampleRate, [Symbol.asyncIterator]: pieces };
    for await (const heard of listen(classifier, source, { hop: 0.25, topK: 3 })) expected.push(heard);
    const seconds = expect.closeTo(seven.length / sampleRate, 5);
    expect(messages).toEqual([
      { type: 'ready', model: 'digits' },
      ...expected.map((heard) => ({ type: 'labels', ...heard })),
      { type: 'end', seconds },
    ]);
    expect(JSON.stringify(messages)).toContain('"seven"');
    expect(await metric('audiozoo_live_seconds_total{model="digits"}')).toEqual(seconds);
    expect(await metric('audiozoo_listening')).toBe(0);
  });

  test.each<[string, (client: Awaited<ReturnType<typeof connect>>) => void, string]>([
    ['bytes', ({ socket }) => socket.send(Buffer.alloc(8)), 'the first message cannot be used'],
    ['no JSON', ({ socket }) => socket.send('hello'), 'the first message cannot be used'],
    ['no rate', ({ say }) => say({}), 'sampleRate'],
    ['an impossible rate', ({ say }) => say({ sampleRate: 1e9 }), 'sampleRate'],
    ['what is not known', ({ say }) => say({ sampleRate, rate: 1 }), 'rate'],
    ['another model', ({ say }) => say({ sampleRate, model: '__proto__' }), 'there is no such model'],
    ['a long text', ({ say }) => say({ sampleRate, model: 'x'.repeat(5000) }), 'the first message'],
  ])('is not asked by a first message of %s', async (_title, send, said) => {
    const { url } = await serveDigits();
    const client = await connect(url);
    send(client);
    const { closeCode, type, detail } = await client.last();
    expect([closeCode, type, detail]).toEqual([1008, 'problem', expect.stringContaining(said)]);
  });

  test('refuses samples that are none', async () => {
    const { url } = await serveDigits();
    for (const [data, said] of [
      [Buffer.alloc(7), 'no whole samples'],
      [Buffer.alloc(0), 'no whole samples'],
      [Buffer.from(Float32Array.of(1, Number.NaN, 1).buffer), 'NaN'],
      ['{"end": 1}', 'the message cannot be used'],
    ] as const) {
      const client = await connect(url);
      client.say(wholeHop);
      client.socket.send(data);
      const { closeCode, detail } = await client.last();
      expect([closeCode, detail]).toEqual([1008, expect.stringContaining(said)]);
    }
    const client = await connect(url);
    client.say(wholeHop);
    client.socket.send(Buffer.alloc(2 ** 20 + 4));
    expect(await client.closed).toBe(1009);
  });
});

/** Hears as much as it is told to. */
async function serveByHand(options: Partial<ServeOptions> = {}) {
  const sessions: {
    readonly signal: AbortSignal;
    tell(label: string): void;
    take(): Promise<number>;
    finish(): void;
    fail(error: Error): void;
  }[] = [];
  const hearing: Hearing = {
    models: [modelCalled('hand')],
    hear: () => Promise.reject(new Error('nobody sends files')),
    listen: ({ sound, sampleRate }, signal, tell) =>
      new Promise((resolve, reject) => {
        const pieces = liveSound(sound, sampleRate)[Symbol.asyncIterator]();
        signal.addEventListener('abort', () => reject(signal.reason));
        sessions.push({
          signal,
          tell: (label) => tell({ time: 1, dropped: 0, labels: [{ label, score: 1, index: 0 }] }),
          take: async () => ((await pieces.next()).value as Float32Array | undefined)?.length ?? 0,
          finish: () => resolve({ seconds: 1 }),
          fail: reject,
        });
      }),
  };
  const served = await serve({ classifiers: new Map(), hearing, ...options });
  const begun = (count: number) => soon(() => expect(sessions).toHaveLength(count));
  return { ...served, sessions, begun };
}

describe('a client', () => {
  test('that is gone has its work cancelled', async () => {
    const { url, sessions, begun, metric } = await serveByHand();
    const { socket, say } = await connect(url);
    say({ sampleRate });
    await begun(1);
    expect(await metric('audiozoo_listening')).toBe(1);
    socket.terminate();
    await soon(() => expect(sessions[0]!.signal.aborted).toBe(true));
    await soon(async () => expect(await metric('audiozoo_listening')).toBe(0));
  });

  test('that sends faster than it is heard waits, and nothing is lost', async () => {
    const { url, sessions, begun } = await serveByHand();
    const { socket, say, closed } = await connect(url);
    say({ sampleRate: 1000 });
    await begun(1);
    const [messages, samples] = [400, 25_000]; // 40 MB, of which sockets keep some and the server four seconds
    for (let sent = 0; sent < messages; sent++) socket.send(new Float32Array(samples));
    await soon(() => expect(socket.bufferedAmount).toBeLessThan(messages * samples * 4));
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(socket.bufferedAmount).toBeGreaterThan(10_000_000);
    let taken = 0;
    while (taken < messages * samples) taken += await sessions[0]!.take();
    expect(socket.bufferedAmount).toBe(0);
    sessions[0]!.finish();
    expect(await closed).toBe(1000);
  });

  test('that takes no answers is sent away', async () => {
    const { url, sessions, begun } = await serveByHand();
    const { socket, say } = await connect(url);
    say({ sampleRate });
    await begun(1);
    socket.pause();
    for (let told = 0; told < 500 && !sessions[0]!.signal.aborted; told++) {
      sessions[0]!.tell('x'.repeat(100_000));
      await new Promise(setImmediate);
    }
    await soon(() => expect(sessions[0]!.signal.aborted).toBe(true));
  });

  test('of whom nothing comes, or who stays for too long, is told so', async () => {
    const silent = await serveByHand({ patience: 0.3 });
    const client = await connect(silent.url);
    expect(await client.last()).toMatchObject({ closeCode: 1008, what: 'no sound came for too long' });
    const short = await serveByHand({ longestListening: 0.3 });
    const longer = await connect(short.url);
    longer.say({ sampleRate });
    expect(await longer.last()).toMatchObject({ closeCode: 1008, status: 413 });
    await soon(() => expect(short.sessions[0]!.signal.aborted).toBe(true));
  });

  test('that is one too many is told so, and lets in when another leaves', async () => {
    const { url, begun } = await serveByHand({ listeners: 1 });
    const first = await connect(url);
    first.say({ sampleRate });
    await begun(1);
    expect(await (await connect(url)).last()).toMatchObject({ closeCode: 1013, status: 429 });
    first.socket.close();
    await first.closed;
    const second = await connect(url);
    second.say({ sampleRate });
    await begun(2);
  });

  test('hears that the server stops', async () => {
    const { url, begun, drain } = await serveByHand();
    const client = await connect(url);
    client.say({ sampleRate });
    await begun(1);
    expect(await drain()).toBe(true);
    expect(await client.last()).toMatchObject({ closeCode: 1012, what: 'the server is about to stop' });
  });

  test('that does not answer keeps no server from stopping', async () => {
    const { url, begun, drain } = await serveByHand();
    const { socket, say } = await connect(url);
    say({ sampleRate });
    await begun(1);
    socket.pause(); // so it does not read that the other side closes
    const begin = performance.now();
    expect(await drain()).toBe(true);
    expect(performance.now() - begin).toBeLessThan(15_000); // sockets wait twice as long for each other
  });

  test('whose sound is still being heard is not silent', async () => {
    const { url, sessions, begun } = await serveByHand({ patience: 3 });
    const { socket, say, last } = await connect(url);
    say({ sampleRate: 1000 });
    await begun(1);
    for (let sent = 0; sent < 5; sent++) socket.send(new Float32Array(1000));
    say({ end: true });
    for (let heard = 0; heard < 5; heard++) {
      await new Promise((resolve) => setTimeout(resolve, 800));
      await sessions[0]!.take();
    }
    sessions[0]!.finish();
    expect(await last()).toMatchObject({ closeCode: 1000, type: 'end' });
  });

  test('is told what goes wrong as it is heard, once', async () => {
    const failures: unknown[] = [];
    const { url, sessions, begun } = await serveByHand({ onFailure: (error) => failures.push(error) });
    const { messages, say, last } = await connect(url);
    say({ sampleRate });
    await begun(1);
    const error = new AudiozooError({ code: 'runtime', what: 'the model gives NaN' });
    sessions[0]!.fail(error);
    expect(await last()).toMatchObject({
      closeCode: 1011,
      what: 'the server failed',
      help: error.help,
    });
    expect(messages.map(({ type }) => type)).toEqual(['ready', 'problem']);
    expect(failures).toEqual([error]);
    expect(sessions[0]!.signal.aborted).toBe(true);
  });

  test('brings its token in a header, or as a page does in its first message', async () => {
    const token = 'token-of-a-listener';
    const tokens = createTokens(parseTokens(`${token} studio`, 'tokens'));
    const { url, begun, metric } = await serveByHand({ tokens });
    const authorization = `Bearer ${token}`;
    const first = await connect(url, { headers: { authorization } });
    first.say({ sampleRate });
    await begun(1);
    const second = await connect(url);
    second.say({ sampleRate, token });
    await begun(2);
    expect(await metric('audiozoo_admitted_total{token="studio"}')).toBe(2);
    const third = await connect(url);
    third.say({ sampleRate });
    expect(await third.last()).toMatchObject({ closeCode: 1008, status: 401 });
    const wrong = connect(url, { headers: { authorization: `${authorization}x` } });
    await expect(wrong).rejects.toThrow('401');
  });

  test('that is a page of another host is refused, unless it is named', async () => {
    const { url } = await serveByHand({ origins: ['https://example.org'] });
    await connect(url, { origin: 'http://127.0.0.1:5173' });
    await connect(url, { origin: 'https://example.org' });
    await expect(connect(url, { origin: 'https://example.com' })).rejects.toThrow('403');
    await expect(connect(url, { origin: 'null' })).rejects.toThrow('403');
    const noHost = { origin: 'http://127.0.0.1', headers: { host: '[' } };
    await expect(connect(url, noHost)).rejects.toThrow('403');
    const { what } = await problemOf(await fetch(`${url}/v1/listen`), 426);
    expect(what).toBe('live sound comes over a WebSocket');
  });
});

test('the built server listens in its threads', async () => {
  const { url } = await startServer(['--workers', '1']);
  const { socket, messages, closed, say } = await connect(url);
  say(wholeHop);
  socket.send(asFloats);
  say({ end: true });
  expect(await closed).toBe(1000);
  expect(messages.map(({ type }) => type)).toEqual(['ready', 'labels', 'labels', 'labels', 'labels', 'end']);
  expect(JSON.stringify(messages)).toContain('"seven"');
});
