// Where sessions run: in threads of their own, or in the calling one.

import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type OnnxruntimeNodeOptions, onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError, type LoadedModel } from '@audiozoo/core';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { deepInputs, deepModel, deepWeights, longBatch, shortBatch } from './deep-model.js';

const config = undefined;

/** The deep model, which goes when the test ends, and the threads that were started for it. */
async function load(options: OnnxruntimeNodeOptions) {
  const threads: Worker[] = [];
  const remember = (thread: Worker) => threads.push(thread);
  process.on('worker', remember);
  const backend = onnxruntimeNode({ device: 'cpu', threads: 1, ...options });
  const loaded = await backend.load(deepModel, deepWeights(), { config });
  process.off('worker', remember);
  onTestFinished(() => loaded.dispose());
  return { loaded, threads };
}

/** Settles as `run` does, and notes its name when it does. */
function noting(order: string[], name: string, run: Promise<unknown>): Promise<unknown> {
  return run.then(
    () => order.push(name),
    (error) => {
      order.push(`${name} failed`);
      return error;
    },
  );
}

/** How often the event loop came round until `work` was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let done = false;
  const finished = work.finally(() => (done = true));
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  await finished;
  return turns;
}

const run = (loaded: LoadedModel, batch: number, signal?: AbortSignal) =>
  loaded.run(deepInputs(batch), { signal });

function rejection(action: Promise<unknown>): Promise<unknown> {
  return action.then(
    () => expect.unreachable('nothing was thrown'),
    (error: unknown) => error,
  );
}

test('a thread in which onnxruntime does not start ends, and frees its lock', async () => {
  const threads: Worker[] = [];
  const tell = Worker.prototype.postMessage;
  const told = vi.spyOn(Worker.prototype, 'postMessage');
  onTestFinished(() => told.mockRestore());
  told.mockImplementation(function (this: Worker, order, ...rest) {
    threads.push(this);
    // The second is told to run what was never opened, in place of to start.
    tell.call(this, threads.length === 2 ? { to: 'run', inputs: {}, lent: {}, outputs: [] } : order, ...rest);
  });
  const listeners = process.listenerCount('exit'); // one of them holds the locks
  const backend = onnxruntimeNode({ device: 'cpu', workers: 3 });
  const loading = backend.load(deepModel, deepWeights(), { config });
  expect(await rejection(loading)).toMatchObject({ code: 'device' });
  expect(new Set(threads).size).toBe(3);
  for (const { threadId } of threads) expect(threadId).toBe(-1);
  expect(process.listenerCount('exit')).toBe(listeners);
});

describe('the event loop', () => {
  /** In the calling thread it comes round a few times before and after the run; free, it does thousands of times. */
  const few = 20;

  test.each([1, 2])('goes on while a model runs in %i workers', async (workers) => {
    const { loaded } = await load({ workers });
    expect(await turnsDuring(run(loaded, longBatch))).toBeGreaterThan(few);
  });

  test('goes on while a model is loaded', async () => {
    const loading = load({});
    expect(await turnsDuring(loading)).toBeGreaterThan(few);
  });

  test('stands still where the model runs in its own thread', async () => {
    const { loaded, threads } = await load({ workers: 0 });
    expect(threads).toHaveLength(0);
    expect(await turnsDuring(run(loaded, longBatch))).toBeLessThan(few);
  });
});

describe('runs', () => {
  /** The order in which a long run and two short ones are done that begin in this order. */
  async function orderOfRuns(loaded: LoadedModel): Promise<string[]> {
    const order: string[] = [];
    await Promise.all([
      noting(order, 'long', run(loaded, longBatch)),
      noting(order, 'short', run(loaded, shortBatch)),
      noting(order, 'second', run(loaded, shortBatch)),
    ]);
    return order;
  }

  test.each([0, 1])('of one session follow each other (workers: %i)', async (workers) => {
    const { loaded } = await load({ workers });
    expect(await orderOfRuns(loaded)).toEqual(['long', 'short', 'second']);
  });

  test('go to the session that is idle', async () => {
    const { loaded, threads } = await load({ workers: 2 });
    expect(threads).toHaveLength(2);
    expect(await orderOfRuns(loaded)).toEqual(['short', 'second', 'long']);
  });

  test('of all sessions compute the same', async () => {
    const { loaded } = await load({ workers: 2 });
    const alone = await run(loaded, shortBatch);
    const together = await Promise.all([1, 2, 3, 4].map(() => run(loaded, shortBatch)));
    for (const result of together) expect(result).toEqual(alone);
  });
});

describe('aborting', () => {
  test('takes a run that waits out of the queue, and leaves the one under way', async () => {
    const { loaded } = await load({});
    const order: string[] = [];
    const controller = new AbortController();
    const long = noting(order, 'long', run(loaded, longBatch));
    const waiting = noting(order, 'waiting', run(loaded, longBatch, controller.signal));
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await waiting).toBe(reason);
    await long;
    await noting(order, 'next', run(loaded, shortBatch));
    expect(order).toEqual(['waiting failed', 'long', 'next']);
  });

  test('before the thread is told takes the run out too', async () => {
    const { loaded, threads } = await load({});
    const told = vi.spyOn(threads[0]!, 'postMessage');
    const controller = new AbortController();
    const runs = [1, 2].map(() => run(loaded, shortBatch, controller.signal));
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await Promise.all(runs.map(rejection))).toEqual([reason, reason]);
    expect(told).not.toHaveBeenCalled();
    await run(loaded, shortBatch);
  });

  test('leaves a run under way to its thread, which then goes on with the next', async () => {
    const { loaded } = await load({});
    const order: string[] = [];
    const controller = new AbortController();
    const aborted = noting(order, 'aborted', run(loaded, longBatch, controller.signal));
    const next = noting(order, 'next', run(loaded, shortBatch));
    await new Promise((resolve) => setImmediate(resolve));
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await aborted).toBe(reason);
    expect(order).toEqual(['aborted failed']);
    await next;
    expect(order).toEqual(['aborted failed', 'next']);
  });

  test('stops loading at once, and ends the thread', async () => {
    const controller = new AbortController();
    const started = once(process, 'worker') as Promise<[Worker]>;
    const backend = onnxruntimeNode({ device: 'cpu' });
    const loading = backend.load(deepModel, deepWeights(), { config, signal: controller.signal });
    const [thread] = await started;
    const ended = once(thread, 'exit');
    const reason = new Error('changed my mind');
    controller.abort(reason);
    expect(await rejection(loading)).toBe(reason);
    expect(await ended).toEqual([0]);
  });
});

describe('a thread', () => {
  test('ends when the model is disposed, after the last run', async () => {
    const { loaded, threads } = await load({ workers: 2 });
    const order: string[] = [];
    const ends = threads.map((thread) => noting(order, 'end', once(thread, 'exit')));
    const runs = [1, 2, 3].map(() => noting(order, 'run', run(loaded, shortBatch)));
    await loaded.dispose();
    await Promise.all([...runs, ...ends]);
    expect(order).toEqual(['run', 'run', 'run', 'end', 'end']);
  });

  test('ends when the model cannot be loaded', async () => {
    const started = once(process, 'worker') as Promise<[Worker]>;
    const backend = onnxruntimeNode({ device: 'cpu' });
    const { weight } = Object.fromEntries((await deepWeights()).tensors);
    const weights = { tensors: new Map([['another', weight!]]), async close() {} };
    const loading = rejection(backend.load(deepModel, weights, { config }));
    const [thread] = await started;
    const ended = once(thread, 'exit');
    expect(AudiozooError.isInstance(await loading, 'weights')).toBe(true);
    expect(await ended).toEqual([0]);
  });

  test('that ends by itself fails its runs and all later ones, and can be disposed', async () => {
    const { loaded, threads } = await load({});
    threads[0]!.postMessage('no order that it knows'); // it throws
    const [first, queued] = await Promise.all([
      rejection(run(loaded, shortBatch)),
      rejection(run(loaded, shortBatch)),
    ]);
    const later = await rejection(run(loaded, shortBatch));
    for (const error of [first, queued, later]) {
      expect(AudiozooError.isInstance(error, 'runtime')).toBe(true);
      expect(`${error}`).toMatch(/thread that ran the model has ended.*Load the model again/);
    }
    await loaded.dispose();
  });

  test('that ends by itself takes no runs from the others unnoticed', async () => {
    const { loaded, threads } = await load({ workers: 2 });
    const under = run(loaded, longBatch);
    threads[1]!.postMessage('no order that it knows');
    await rejection(once(threads[1]!, 'exit')); // with what it threw
    expect(AudiozooError.isInstance(await rejection(run(loaded, shortBatch)), 'runtime')).toBe(true);
    expect(Object.keys(await under)).toEqual(['y']); // what runs elsewhere is not touched
    expect(AudiozooError.isInstance(await rejection(run(loaded, shortBatch)), 'runtime')).toBe(true);
  });
});

describe('a process that disposes nothing', () => {
  const end = (when: string) =>
    new Promise<{ code: number | string | null | undefined; stdout: string; stderr: string }>((resolve) => {
      const script = fileURLToPath(new URL('./ending-process.ts', import.meta.url));
      const flags = ['--import', 'tsx', '--conditions', '@audiozoo/source'];
      execFile(process.execPath, [...flags, script, when], (error, stdout, stderr) => {
        const signal = error?.signal;
        resolve({ code: signal ?? error?.code ?? 0, stdout, stderr });
      });
    });
  /** A thread that is stopped in onnxruntime takes the process with it, most times. */
  const times = 3;

  test('ends by itself when its models are idle', async () => {
    expect(await end('idle')).toEqual({ code: 0, stdout: 'ran\n', stderr: '' });
  });

  test.each(['running', 'loading'])('exits with its code while a model is %s', async (when) => {
    for (let time = 0; time < times; time++) {
      expect(await end(when)).toEqual({ code: 3, stdout: 'ran\n', stderr: '' });
    }
  });

  test('fails with its own error while a model is running', async () => {
    const { code, stderr } = await end('failing');
    expect(code).toBe(1);
    expect(stderr).toContain('Error: as it should');
    expect(stderr).not.toContain('Napi');
  });
});

test('several workers share the cores, and say so', async () => {
  const { loaded } = await load({ workers: 2, threads: undefined });
  expect(loaded.device).toMatch(/^cpu \(onnxruntime \S+, 2 workers of \d+ threads?\)$/);
});

test.each([-1, 0.5, Number.NaN, '1', 1e6])('workers: %j is refused', (workers) => {
  const make = () => onnxruntimeNode({ workers } as OnnxruntimeNodeOptions);
  expect(make).toThrow(/workers is not a number of threads/);
});
