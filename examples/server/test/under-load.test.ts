// What happens to requests that wait, that are given up, that dawdle, and that come as the server stops. A
// classifier that answers when it is told to makes the moments certain.

import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Classifier } from '../src/classifier.js';
import type { Hearing } from '../src/hearing.js';
import {
  problemOf,
  type Served,
  type ServeOptions,
  serve,
  soon,
  unasked,
  watchTemporaryFiles,
} from './served.js';

const temporary = watchTemporaryFiles();

/** One run of the classifier. */
interface Run {
  finish(): void;
  readonly signal: AbortSignal;
}

/** A classifier that runs until it is told to finish, or aborted. */
function slowClassifier() {
  const runs: Run[] = [];
  const labels = [{ name: 'something' }];
  const run = <Result>(signal: AbortSignal | undefined, result: Result) =>
    new Promise<Result>((resolve, reject) => {
      signal!.addEventListener('abort', () => reject(signal!.reason), { once: true });
      runs.push({ finish: () => resolve(result), signal: signal! });
    });
  const classifier: Classifier = {
    ...unasked,
    device: 'none',
    labels,
    problemType: 'multi_label_classification',
    frontEnd: { sampleRate: 16_000, minSamples: 1, maxSamples: 16_000 },
    classify: ((_audio, { signal } = {}) =>
      run(signal, [{ label: 'something', score: 1, index: 0 }])) as Classifier['classify'],
    logits: (_batch, { signal } = {}) =>
      run(signal, { dtype: 'float32' as const, shape: [1, 1], data: Float32Array.of(3) }),
    embed: ((_audio, { signal } = {}) => run(signal, Float32Array.of(3))) as Classifier['embed'],
  };
  return { runs, classifiers: new Map([['slow', classifier]]) };
}

async function serveSlowly(options: Partial<ServeOptions> = {}) {
  const { runs, classifiers } = slowClassifier();
  const served = await serve({ classifiers, ...options });
  /** Waits until this many runs have begun. */
  const begun = (count: number) => soon(() => expect(runs).toHaveLength(count));
  return { ...served, runs, begun };
}

const sound = wav16(new Array(8000).fill(0));
const ask = ({ send }: Served, init?: RequestInit) => {
  return send('/v1/classify', sound, { headers: { 'content-type': 'audio/wav' }, ...init });
};
const answered = ({ metric }: Served, status: number) =>
  metric(`audiozoo_requests_total{route="/v1/classify",method="POST",status="${status}"}`);

describe('a full queue', () => {
  test('refuses at once, says when to come again, and takes more once there is room', async () => {
    const served = await serveSlowly({ atOnce: 2, queue: 1 });
    const { runs, begun, metric } = served;
    const waiting = [ask(served), ask(served), ask(served)];
    await begun(2);
    await soon(async () => expect(await metric('audiozoo_queue_length')).toBe(1));
    expect(await metric('audiozoo_working')).toBe(2);

    const refused = await ask(served);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    expect((await problemOf(refused, 503)).what).toBe('the queue is full');

    runs[0]!.finish();
    await begun(3); // the one that waited has its turn
    runs[1]!.finish();
    runs[2]!.finish();
    expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual([200, 200, 200]);
    const more = ask(served);
    await begun(4);
    runs[3]!.finish();
    expect((await more).status).toBe(200);
    expect(await metric('audiozoo_queue_length')).toBe(0);
  });

  test('keeps nothing of what it refuses', async () => {
    const served = await serveSlowly({ atOnce: 1, queue: 0 });
    const large = wav16(new Array(600_000).fill(0));
    const first = served.send('/v1/classify', large);
    await served.begun(1);
    await Promise.all(
      Array.from({ length: 20 }, async () => problemOf(await served.send('/v1/classify', large), 503)),
    );
    expect(temporary.files()).toHaveLength(1); // of the first
    served.runs[0]!.finish();
    expect((await first).status).toBe(200);
    expect(temporary.files()).toEqual([]);
  });
});

describe('a client that is gone', () => {
  test('has its work cancelled, whatever was asked', async () => {
    const served = await serveSlowly();
    for (const path of ['/v1/classify', '/v1/events', '/v1/embed']) {
      const { runs } = served;
      const count = runs.length + 1;
      const controller = new AbortController();
      const { signal } = controller;
      const gone = served.send(path, sound, { signal, headers: { 'content-type': 'audio/wav' } });
      await served.begun(count);
      controller.abort();
      await expect(gone).rejects.toThrow();
      await soon(() => expect(runs.at(-1)!.signal.aborted).toBe(true));
      await soon(async () => expect(await served.metric('audiozoo_working')).toBe(0));
    }
    expect(await answered(served, 499)).toBe(1);
    await soon(() => expect(temporary.files()).toEqual([]));
  });

  test('leaves the queue, and those behind it move up', async () => {
    const served = await serveSlowly({ atOnce: 1, queue: 2 });
    const { runs, begun, metric } = served;
    const first = ask(served);
    await begun(1);
    const controller = new AbortController();
    const second = ask(served, { signal: controller.signal });
    await soon(async () => expect(await metric('audiozoo_queue_length')).toBe(1));
    const third = ask(served);
    await soon(async () => expect(await metric('audiozoo_queue_length')).toBe(2));
    controller.abort();
    await expect(second).rejects.toThrow();
    await soon(async () => expect(await metric('audiozoo_queue_length')).toBe(1));
    runs[0]!.finish();
    await begun(2);
    runs[1]!.finish();
    expect([(await first).status, (await third).status]).toEqual([200, 200]);
    expect(runs).toHaveLength(2); // the second never ran
  });

  test('in the middle of its body makes room for another, and leaves no file', async () => {
    const served = await serveSlowly({ uploads: 1 });
    const type = ['Content-Type: audio/wav', 'Content-Type: multipart/form-data; boundary=b'];
    for (const header of type) {
      const socket = beginUpload(served, header);
      await soon(() => expect(temporary.files()).toHaveLength(1));
      expect((await problemOf(await ask(served), 503)).what).toBe('too many requests are being sent');
      socket.destroy();
      await soon(() => expect(temporary.files()).toEqual([]));
      await soon(async () => expect(await served.metric('audiozoo_uploading')).toBe(0));
    }
  });
});

/** The beginning of a body that is too large for memory, after which nothing comes. */
function beginUpload({ port }: Served, type: string) {
  const socket = connect(port, '127.0.0.1');
  const form = '--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n';
  const head = ['POST /v1/classify HTTP/1.1', 'Host: a', 'Content-Length: 10000000', type];
  socket.write(`${head.join('\r\n')}\r\n\r\n${type.includes('form') ? form : ''}${'x'.repeat(1_500_000)}`);
  return socket;
}

test('a body that takes too long to come is given up, and makes room for another', async () => {
  const served = await serveSlowly({ uploads: 1, patience: 0.5 });
  const socket = beginUpload(served, 'Content-Type: audio/wav');
  await soon(() => expect(temporary.files()).toHaveLength(1));
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 .*application\/problem\+json.*too long to arrive/s);
  await soon(() => expect(temporary.files()).toEqual([]));
  const next = ask(served);
  await served.begun(1);
  served.runs[0]!.finish();
  expect((await next).status).toBe(200);
});

/** A sound whose end comes when it is told to. */
function slowSound() {
  let finish: () => void = () => {};
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(sound.subarray(0, 100));
      finish = () => {
        controller.enqueue(sound.subarray(100));
        controller.close();
      };
    },
  });
  return { body, finish: () => finish() };
}

describe('a body that comes slowly', () => {
  test('keeps nobody from being heard', async () => {
    const served = await serveSlowly({ atOnce: 1, queue: 0, uploads: 4 });
    const sockets = [1, 2, 3].map(() => beginUpload(served, 'Content-Type: audio/wav'));
    await soon(async () => expect(await served.metric('audiozoo_uploading')).toBe(3));
    const quick = ask(served);
    await served.begun(1);
    served.runs[0]!.finish();
    expect((await quick).status).toBe(200);
    for (const socket of sockets) socket.destroy();
  });

  test('is heard once it is whole, even when the queue is full by then', async () => {
    const served = await serveSlowly({ atOnce: 1, queue: 0 });
    const { runs, begun, metric } = served;
    const { body, finish } = slowSound();
    const slow = served.send('/v1/classify', body);
    await soon(async () => expect(await metric('audiozoo_uploading')).toBe(1));
    const quick = ask(served);
    await begun(1);
    finish();
    await soon(async () => expect(await metric('audiozoo_queue_length')).toBe(1));
    expect((await problemOf(await ask(served), 503)).what).toBe('the queue is full');
    runs[0]!.finish();
    await begun(2);
    runs[1]!.finish();
    expect([(await quick).status, (await slow).status]).toEqual([200, 200]);
  });
});

describe('draining', () => {
  test('finishes what works, waits and arrives, refuses what comes, says so, then closes', async () => {
    const served = await serveSlowly({ atOnce: 1, queue: 5 });
    const { runs, begun, url } = served;
    const works = ask(served);
    await begun(1);
    const waits = ask(served);
    const { body, finish } = slowSound();
    const arrives = served.send('/v1/classify', body);
    await soon(async () => {
      expect(await served.metric('audiozoo_queue_length')).toBe(1);
      expect(await served.metric('audiozoo_uploading')).toBe(1);
    });

    let closed = false;
    const drained = served.drain().then(() => (closed = true));
    const health = await fetch(`${url}/healthz`);
    expect([health.status, await health.json()]).toEqual([503, { status: 'draining' }]);
    const refused = await ask(served);
    expect(refused.headers.get('connection')).toBe('close');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect((await problemOf(refused, 503)).what).toContain('about to stop');

    finish();
    for (const count of [1, 2, 3]) {
      await begun(count);
      expect(closed).toBe(false);
      runs[count - 1]!.finish();
    }
    const statuses = (await Promise.all([works, waits, arrives])).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200]);
    await drained;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
    expect(readdirSync(temporary.folder())).toEqual([]); // its own folder is gone too
  });

  test.each([
    ['says nothing', ''],
    ['never ends its header', 'GET /healthz HTTP/1.1\r\nHost: a\r\n'],
    ['never ends a body that nobody reads', 'POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n'],
  ])('does not wait for a connection that %s', async (_title, text) => {
    const { drain, port, app } = await serveSlowly();
    const socket = connect(port, '127.0.0.1');
    const closed = once(socket, 'close');
    await once(app.server, 'connection');
    socket.resume().write(text);
    await drain();
    await closed;
  });

  test('closes when there is nothing to do', async () => {
    const { drain, url } = await serveSlowly();
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await drain();
    expect(readdirSync(temporary.folder())).toEqual([]);
  });
});

test('its health says so while it cannot hear as it should', async () => {
  const { classifiers } = slowClassifier();
  let failure: Error | undefined;
  const hearing: Hearing = {
    models: [],
    get failure() {
      return failure;
    },
    hear: () => Promise.reject(failure),
  };
  const { url } = await serve({ classifiers, hearing });
  const health = async () => {
    const response = await fetch(`${url}/healthz`);
    return [response.status, await response.json()];
  };
  expect(await health()).toEqual([200, { status: 'ok' }]);
  failure = new Error('a thread that hears has ended');
  expect(await health()).toEqual([503, { status: 'failing' }]);
  failure = undefined;
  expect(await health()).toEqual([200, { status: 'ok' }]);
});

test('what fails in the server is a 500 that keeps its words to itself', async () => {
  const failures: unknown[] = [];
  const { classifiers } = slowClassifier();
  const error = new Error('secret');
  const broken = { ...classifiers.get('slow')!, classify: () => Promise.reject(error) };
  const served = await serve({
    classifiers: new Map([['broken', broken as Classifier]]),
    onFailure: (failure) => failures.push(failure),
  });
  const problem = await problemOf(await ask(served), 500);
  expect(JSON.stringify(problem)).not.toContain('secret');
  expect(failures).toEqual([error]);
});
