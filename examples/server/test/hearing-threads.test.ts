// Threads that hear: those of the server as it is built, and ones that fail when they are told to.

import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { AudiozooError } from '@audiozoo/core';
import { loadClassifier } from '@audiozoo/tasks';
import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Question } from '../src/hearing.js';
import { startHearingThread, type ThreadPatience } from '../src/hearing-thread.js';
import { startHearingThreads } from '../src/hearing-threads.js';
import type { HearingWork } from '../src/hearing-worker.js';
import { problemOf } from '../src/problem.js';
import { clip, digits, root, soon } from './served.js';

const never = new AbortController().signal;

describe('threads with a model', () => {
  const script = join(root, 'examples/server/dist/hearing-worker.js');
  beforeEach(() => {
    if (!existsSync(script)) throw new Error('The server is not built: run `pnpm build` first.');
  });

  async function startThreads(count: number, work: Partial<HearingWork> = {}) {
    const models = new Map([['digits', digits]]);
    const whole: HearingWork = { models, threads: 1, maxSeconds: 600, maxWindows: 60_000, ...work };
    const start = () => startHearingThread(new URL(`file://${script}`), whole);
    const threads = await startHearingThreads(count, start, (error) => expect.unreachable(String(error)));
    onTestFinished(() => threads.close());
    return threads;
  }

  const bytes = (buffer: Uint8Array) => Uint8Array.from(buffer);
  const labels = (upload: Question['upload']): Question<'labels'> => {
    return { about: 'labels', model: 'digits', query: { topK: 2 }, upload };
  };
  /** A question of 30,000 windows. */
  const long = (): Question<'events'> => {
    const upload = bytes(wav16(Array.from({ length: 4_800_000 }, (_, index) => (index * 7919) % 2000)));
    const query = { threshold: 0.5, minDuration: 0, window: 1, hop: 0.01 };
    return { about: 'events', model: 'digits', query, upload };
  };

  test('hear bytes and files as the classifier does, several at a time', async () => {
    const threads = await startThreads(2);
    const classifier = await loadClassifier(digits, { models: [ast], backend: onnxruntimeNode() });
    onTestFinished(() => classifier.dispose());
    expect(threads.models).toMatchObject([{ name: 'digits', sampleRate: 16_000, labels: classifier.labels }]);
    const path = `${digits}/clips/3_three.wav`;
    const expected = await classifier.classify(path, { topK: 2 });
    const uploads = Array.from({ length: 8 }, (_, index) => (index % 2 ? path : bytes(clip('3_three'))));
    const answers = await Promise.all(uploads.map((upload) => threads.hear(labels(upload), never)));
    for (const answer of answers) expect(answer).toEqual({ labels: expected, seconds: expect.any(Number) });
  });

  test('refuse with errors that say as much as in one thread', async () => {
    vi.stubEnv('PATH', root); // no ffmpeg
    onTestFinished(() => void vi.unstubAllEnvs());
    const threads = await startThreads(1);
    const wavPack = bytes(Buffer.concat([Buffer.from('wvpk'), new Uint8Array(500)]));
    const error = await threads.hear(labels(wavPack), never).catch((thrown: unknown) => thrown);
    expect(AudiozooError.isInstance(error, 'audio')).toBe(true);
    expect(problemOf(error)).toMatchObject({
      status: 415,
      what: 'the file holds WavPack sound, which needs ffmpeg to decode',
      expected: 'the command `ffmpeg` on the PATH',
      hint: expect.stringContaining('pass WAV'),
    });
    expect((error as AudiozooError).cause).toMatchObject({ thrown: expect.stringContaining('/sound.js:') });
  });

  test('stop what is cancelled, and answer what is not', async () => {
    const threads = await startThreads(1);
    const controller = new AbortController();
    const cancelled = threads.hear(long(), controller.signal);
    const kept = await threads.hear(labels(bytes(clip('7_seven'))), never); // while the long one goes on
    expect(kept.labels[0]!.label).toBe('seven');
    controller.abort(new Error('the client is gone'));
    await expect(cancelled).rejects.toThrow('the client is gone');
  });

  test('end in the middle of their work when they are closed', async () => {
    const threads = await startThreads(availableParallelism());
    const given = threads.hear(long(), never).catch((error: unknown) => error);
    await threads.hear(labels(bytes(clip('7_seven'))), never);
    await threads.close();
    expect(problemOf(await given)).toMatchObject({
      status: 503,
      what: 'the server is about to stop',
      retryAfter: 1,
    });
  });

  test('that cannot load a model do not start', async () => {
    const models = new Map([['nothing', '/nowhere']]);
    await expect(startThreads(2, { models })).rejects.toThrow('/nowhere is not a folder');
  });
});

describe('threads that may die', () => {
  const patience: ThreadPatience = { cancelled: 200, still: 500, native: 2000 };
  const script = new URL('hearing-fake.js', import.meta.url);
  const start = () => startHearingThread(script, undefined, patience);
  const startFailing = () => startHearingThread(script, { fails: 'no memory left' });
  const ask = (model: string, query = {}): Question<'labels'> => {
    return { about: 'labels', model, query: { topK: 1, ...query }, upload: 'heard' };
  };
  const labeled = { labels: [{ label: 'heard' }] };

  async function startFakes(count: number, starting = start, backOff = { first: 20, most: 100 }) {
    const failures: unknown[] = [];
    const threads = await startHearingThreads(count, starting, (error) => failures.push(error), backOff);
    onTestFinished(() => threads.close());
    return { threads, failures };
  }

  test.each([
    ['dies', 'exit code 3'],
    ['throws', 'a bug'],
  ])('one that %s fails what it alone had to do, and is replaced', async (model, reason) => {
    const { threads, failures } = await startFakes(1);
    await expect(threads.hear(ask(model), never)).rejects.toThrow(
      `a thread that hears has ended: got ${reason}`,
    );
    expect(threads.failure?.message).toContain(reason);
    await soon(() => expect(threads.failure).toBeUndefined());
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
    expect(failures.map(String)).toEqual([expect.stringContaining(reason)]);
    expect(threads.counts).toMatchObject({ ready: 1, replaced: 1, failedStarts: 0, retried: 0 });
  });

  test('what one had to do beside that which ended it is done by another', async () => {
    const { threads } = await startFakes(1);
    const innocents = [1, 2].map(() => threads.hear(ask('takes a while'), never));
    const guilty = threads.hear(ask('dies'), never);
    guilty.catch(() => {});
    expect(await Promise.all(innocents)).toMatchObject([labeled, labeled]);
    // It too was tried once more, alone, since nobody knows which of them it was.
    await expect(guilty).rejects.toThrow('exit code 3');
    expect(threads.counts.retried).toBe(3);
  });

  test('what ends two threads is not tried a third time', async () => {
    const { threads } = await startFakes(2);
    const died = [1, 2, 3, 4].map(() => threads.hear(ask('dies later'), never));
    for (const outcome of await Promise.allSettled(died)) {
      expect(outcome).toMatchObject({ reason: { what: 'a thread that hears has ended' } });
    }
    expect(threads.counts.retried).toBe(4);
    await soon(() => expect(threads.failure).toBeUndefined());
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
  });

  test('one that does not stop when it is told to is replaced, and who waits for it need not', async () => {
    const { threads, failures } = await startFakes(1);
    const controller = new AbortController();
    const deaf = threads.hear(ask('stands still'), controller.signal);
    const innocent = threads.hear(ask('takes a while'), never);
    controller.abort(new Error('the client is gone'));
    await expect(deaf).rejects.toThrow('the client is gone');
    expect(threads.counts.ready).toBe(1); // that was at once
    expect(await innocent).toMatchObject(labeled);
    expect(failures.map(String)).toEqual([expect.stringContaining('did not stop within 200 ms')]);
    expect(threads.counts).toMatchObject({ ready: 1, replaced: 1, retried: 1 });
  });

  test('one that has not said that it stopped is not asked while there is another', async () => {
    const { threads } = await startFakes(2);
    const controller = new AbortController();
    const deaf = threads.hear(ask('is deaf'), controller.signal).catch((error: unknown) => error);
    const busy = [1, 2].map(() => threads.hear(ask('takes a while'), never));
    controller.abort('gone');
    expect(await deaf).toBe('gone');
    const answers = await Promise.all([1, 2, 3].map(() => threads.hear(ask('echo'), never)));
    const places = answers.map(({ labels: [label] }) => (label as unknown as { thread: number }).thread);
    expect(new Set(places).size).toBe(1);
    expect(threads.counts.replaced).toBe(0);
    await Promise.all(busy);
  });

  test('one that stands still in its own code is replaced, told to stop or not', async () => {
    const { threads, failures } = await startFakes(1);
    const still = threads.hear(ask('stands still'), never);
    await expect(still).rejects.toThrow('it did not turn for 500 ms');
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
    expect(failures).toHaveLength(1);
  });

  test('one in native code is left there, told to stop or not, and ended once it is out', async () => {
    const { threads } = await startFakes(1);
    const long = await threads.hear(ask('is in native code', { milliseconds: 1200 }), never);
    expect(long).toMatchObject({ labels: [{ label: 'native' }] });
    const controller = new AbortController();
    const cancelled = threads.hear(ask('is in native code', { milliseconds: 1200 }), controller.signal);
    setTimeout(() => controller.abort('gone'), 100);
    await expect(cancelled).rejects.toBe('gone');
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
    expect(threads.counts.replaced).toBe(0);
  });

  test('one that does not come out of native code is replaced, and its end waited for', async () => {
    const { threads } = await startFakes(1);
    const controller = new AbortController();
    const cancelled = threads.hear(ask('is in native code', { milliseconds: 4000 }), controller.signal);
    setTimeout(() => controller.abort('gone'), 100);
    await expect(cancelled).rejects.toBe('gone');
    await soon(() => expect(threads.counts.replaced).toBe(1));
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
  });

  test('one that cannot be replaced is a failure, and leaves the others to be asked', async () => {
    let started = 0;
    const { threads, failures } = await startFakes(2, () => (++started > 2 ? startFailing() : start()));
    await expect(threads.hear(ask('dies'), never)).rejects.toThrow('exit code 3');
    await soon(() => expect(failures.map(String)).toContain('Error: no memory left'));
    expect(threads.failure?.message).toContain('exit code 3');
    for (let question = 0; question < 4; question++) {
      expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
    }
    await expect(threads.hear(ask('dies'), never)).rejects.toThrow('exit code 3');
    const refusal = await threads.hear(ask('echo'), never).catch((error: unknown) => error);
    expect(problemOf(refusal)).toMatchObject({ status: 503, retryAfter: 5 });
    expect(String(refusal)).toContain('has ended');
  });

  test('a start that failed is tried again, later and later, until it succeeds', async () => {
    let started = 0;
    const times: number[] = [];
    const { threads, failures } = await startFakes(
      1,
      () => {
        times.push(performance.now());
        return ++started > 1 && started < 6 ? startFailing() : start();
      },
      { first: 100, most: 400 },
    );
    await expect(threads.hear(ask('dies'), never)).rejects.toThrow('exit code 3');
    await soon(() => expect(threads.failure).toBeUndefined());
    expect(await threads.hear(ask('echo'), never)).toMatchObject(labeled);
    expect(failures).toHaveLength(5);
    expect(threads.counts).toMatchObject({ ready: 1, replaced: 1, failedStarts: 4 });
    const waits = times.slice(2).map((time, index) => time - times[index + 1]!);
    const least = [100, 200, 400, 400].map((milliseconds) => milliseconds - 5); // timers round
    for (const [index, wait] of waits.entries()) expect(wait).toBeGreaterThan(least[index]!);
  });

  test('none is left when another does not come to be ready', async () => {
    const first = start();
    const starting = [first, Promise.reject(new Error('no memory left'))];
    await expect(startFakes(2, () => starting.shift()!)).rejects.toThrow('no memory left');
    expect((await first).failure?.message).toContain('exit code 0');
  });

  test('what comes once they are told to close is refused, whether they have ended or not', async () => {
    const { threads } = await startFakes(1);
    const closed = threads.close();
    await expect(threads.hear(ask('echo'), never)).rejects.toThrow('about to stop');
    await closed;
    await expect(threads.hear(ask('echo'), never)).rejects.toThrow('about to stop');
  });

  test('each question goes to whoever has the least to do', async () => {
    const { threads } = await startFakes(2);
    const places = new Set<number>();
    for (let pair = 0; pair < 3; pair++) {
      const answers = await Promise.all([1, 2].map(() => threads.hear(ask('takes a while'), never)));
      for (const { labels } of answers) places.add((labels[0] as unknown as { thread: number }).thread);
    }
    expect(places.size).toBe(2);
    const waits = Array.from({ length: 4 }, () => new AbortController());
    const waiting = waits.map(({ signal }) => threads.hear(ask('waits'), signal));
    for (const wait of waits) wait.abort('gone');
    expect(await Promise.allSettled(waiting)).toEqual(
      new Array(4).fill({ status: 'rejected', reason: 'gone' }),
    );
  });

  test('closing does not wait for one that stands still', async () => {
    const { threads } = await startFakes(2);
    const still = threads.hear(ask('stands still'), never);
    still.catch(() => {});
    await threads.hear(ask('takes a while'), never);
    await threads.close();
    await expect(still).rejects.toThrow('about to stop');
  });
});
