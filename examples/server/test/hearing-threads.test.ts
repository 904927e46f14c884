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
import { startHearingThread } from '../src/hearing-thread.js';
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
      mend: expect.stringContaining('pass WAV'),
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
  const start = () => startHearingThread(new URL('hearing-fake.js', import.meta.url), undefined);
  const ask = (model: string): Question<'labels'> => {
    return { about: 'labels', model, query: { topK: 1 }, upload: 'heard' };
  };

  async function startFakes(count: number, starting = start) {
    const failures: unknown[] = [];
    const threads = await startHearingThreads(count, starting, (error) => failures.push(error));
    onTestFinished(() => threads.close());
    return { threads, failures };
  }

  test.each([
    ['dies', 'exit code 3'],
    ['throws', 'a bug'],
  ])('one that %s fails what it had to do, and is replaced', async (model, reason) => {
    const { threads, failures } = await startFakes(1);
    const had = [threads.hear(ask('waits'), never), threads.hear(ask(model), never)];
    for (const lost of had)
      await expect(lost).rejects.toThrow(`a thread that hears has ended: got ${reason}`);
    expect(threads.failure?.message).toContain(reason);
    await soon(() => expect(threads.failure).toBeUndefined());
    expect(await threads.hear(ask('echo'), never)).toMatchObject({ labels: [{ label: 'heard' }] });
    expect(failures.map(String)).toEqual([expect.stringContaining(reason)]);
  });

  test('one that cannot be replaced is a failure, and leaves the others to be asked', async () => {
    let started = 0;
    const { threads, failures } = await startFakes(2, () => {
      return ++started > 2 ? Promise.reject(new Error('no memory left')) : start();
    });
    await expect(threads.hear(ask('dies'), never)).rejects.toThrow('exit code 3');
    await soon(() => expect(failures.map(String)).toContain('Error: no memory left'));
    expect(threads.failure?.message).toContain('exit code 3');
    for (let question = 0; question < 4; question++) {
      expect(await threads.hear(ask('echo'), never)).toMatchObject({ labels: [{ label: 'heard' }] });
    }
    await expect(threads.hear(ask('dies'), never)).rejects.toThrow('exit code 3');
    await expect(threads.hear(ask('echo'), never)).rejects.toThrow('has ended');
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
    const controllers = [1, 2].map(() => new AbortController());
    const waiting = controllers.map(({ signal }) => threads.hear(ask('waits'), signal));
    // Such a thread knows one question that waits: had both gone to one thread, the first would never be cancelled.
    for (const controller of controllers) controller.abort('gone');
    expect(await Promise.allSettled(waiting)).toEqual(
      new Array(2).fill({ status: 'rejected', reason: 'gone' }),
    );
  });
});
