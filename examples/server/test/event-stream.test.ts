// Events that are sent as they are found.

import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { byStart, type LocalClassifier, loadClassifier, type SoundEvent } from '@audiozoo/tasks';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Heard, Hearing, Tell } from '../src/hearing.js';
import { digits, modelCalled, problemOf, type Served, serve, soon } from './served.js';

const headers = { 'content-type': 'audio/wav', accept: 'text/event-stream' };

/** Each message's name and data, as they come. */
async function* messagesOf(
  response: Response,
): AsyncGenerator<[name: string, data: Record<string, unknown>]> {
  expect(response.headers.get('content-type')).toBe('text/event-stream');
  let waiting = '';
  for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
    const messages = (waiting + piece).split('\n\n');
    waiting = messages.pop()!;
    for (const message of messages) {
      const [, name, data] = /^event: (.*)\ndata: (.*)$/.exec(message)!;
      yield [name!, JSON.parse(data!)];
    }
  }
  expect(waiting).toBe('');
}

describe('of a model', () => {
  let classifier: LocalClassifier;
  beforeAll(async () => {
    const backend = onnxruntimeNode({ device: 'cpu' });
    classifier = await loadClassifier(digits, { models: [ast], backend });
  });
  afterAll(() => classifier.dispose());

  test('they are those of the whole answer, with how far it is and an end', async () => {
    const { send } = await serve({ classifiers: new Map([['digits', classifier]]) });
    const noise = wav16(Array.from({ length: 48_000 }, (_, index) => (index * 7919) % 2000));
    const path = '/v1/events?threshold=0.01&window=1&hop=0.5';
    const whole = (await (await send(path, noise)).json()) as { events: SoundEvent[] };
    expect(whole.events.length).toBeGreaterThan(1);
    const messages: [string, Record<string, unknown>][] = [];
    for await (const message of messagesOf(await send(path, noise, { headers }))) messages.push(message);
    const events = messages.filter(([name]) => name === 'event').map(([, event]) => event);
    expect((events as unknown as SoundEvent[]).sort(byStart)).toEqual(whole.events);
    const progress = messages.filter(([name]) => name === 'progress').map(([, { done }]) => done as number);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(progress.at(-1)).toBe(3);
    expect(messages.at(-1)).toEqual(['end', { model: 'digits', seconds: 3, events: events.length }]);
  });

  test('sound that cannot be heard is an ordinary answer', async () => {
    const { send } = await serve({ classifiers: new Map([['digits', classifier]]) });
    await problemOf(await send('/v1/events', new Uint8Array(5000), { headers }), 422);
    await problemOf(await send('/v1/events?window=1.5', wav16(new Array(8000).fill(0)), { headers }), 400);
  });
});

describe('of work that is done by hand', () => {
  const event: SoundEvent = { label: 'seven', score: 0.9, index: 7, start: 1, end: 2 };

  /** Hears what it is told to. */
  async function serveByHand() {
    const asked: {
      readonly tell: Tell;
      readonly signal: AbortSignal;
      finish(): void;
      fail(error: Error): void;
    }[] = [];
    const hearing: Hearing = {
      models: [modelCalled('hand')],
      hear: (_question, signal, tell) =>
        new Promise((resolve, reject) => {
          const finish = () => resolve({ seconds: 600, events: [event] } as unknown as Heard<never>);
          asked.push({ tell: tell!, signal, finish, fail: reject });
          signal.addEventListener('abort', () => reject(signal.reason));
        }),
    };
    const failures: unknown[] = [];
    const onFailure = (error: unknown) => failures.push(error);
    const served = await serve({ classifiers: new Map(), hearing, onFailure, deadline: 600, grace: 0.3 });
    return { ...served, asked, failures };
  }
  const begin = async ({ send, asked }: Served & Awaited<ReturnType<typeof serveByHand>>) => {
    const abort = new AbortController();
    const sent = send('/v1/events', wav16([1, 2, 3]), { headers, signal: abort.signal });
    await soon(() => expect(asked).toHaveLength(1));
    asked[0]!.tell({ event });
    const messages = messagesOf(await sent);
    expect((await messages.next()).value).toEqual(['event', event]);
    return { messages, abort, ...asked[0]! };
  };

  test('they come before it is done', async () => {
    const { messages, tell, finish } = await begin(await serveByHand());
    tell({ done: 6, total: 600 });
    expect((await messages.next()).value).toEqual(['progress', { done: 6, total: 600 }]);
    finish();
    expect((await messages.next()).value).toEqual(['end', { model: 'hand', seconds: 600, events: 1 }]);
    expect((await messages.next()).done).toBe(true);
  });

  test('a client that leaves stops it', async () => {
    const served = await serveByHand();
    const { abort, signal } = await begin(served);
    abort.abort();
    await soon(() => expect(signal.aborted).toBe(true));
    await soon(async () => expect(await served.metric('audiozoo_working')).toBe(0));
    const gone = 'audiozoo_requests_total{route="/v1/events",method="POST",status="499"}';
    expect(await served.metric(gone)).toBe(1);
    expect(served.failures).toEqual([]);
  });

  test('what goes wrong in between is the last message, and keeps its words to itself', async () => {
    const served = await serveByHand();
    const { messages, fail } = await begin(served);
    const error = new Error('secret');
    fail(error);
    const [name, problem] = (await messages.next()).value!;
    expect([name, problem]).toEqual([
      'problem',
      expect.objectContaining({ status: 500, what: 'the server failed' }),
    ]);
    expect((await messages.next()).done).toBe(true);
    expect(served.failures).toEqual([error]);
  });

  test('a server that stops says so in the last message', async () => {
    const served = await serveByHand();
    const { messages } = await begin(served);
    expect(await served.drain()).toBe(false);
    const stopped = expect.objectContaining({ status: 503, what: 'the server is about to stop' });
    expect((await messages.next()).value).toEqual(['problem', stopped]);
  });

  test('a client that takes nothing for too much is sent away', async () => {
    const served = await serveByHand();
    const { signal, tell } = await begin(served);
    const label = 'x'.repeat(100_000);
    for (let told = 0; told < 500 && !signal.aborted; told++) {
      tell({ event: { ...event, label } });
      await new Promise(setImmediate);
    }
    await soon(() => expect(signal.aborted).toBe(true));
  });
});
