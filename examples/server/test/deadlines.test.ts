// Work that does not end: it is ended, told so, and counted.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import type { Heard, Hearing, Question } from '../src/hearing.js';
import { readSound } from '../src/sound.js';
import { modelCalled, problemOf, serve, soon, watchTemporaryFiles } from './served.js';
import { startServer } from './started.js';

const temporary = watchTemporaryFiles();
const sound = wav16(new Array(8000).fill(0));

/** Hears nothing until it is told to stop, and says then how it was. */
function endlessHearing() {
  const reasons: unknown[] = [];
  const hearing: Hearing = {
    models: [modelCalled('endless')],
    hear: (_question: Question, signal: AbortSignal) =>
      new Promise<Heard<never>>((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason);
          reject(signal.reason);
        });
      }),
  };
  return { hearing, reasons };
}
const serveEndlessly = (options: { deadline?: number; grace?: number }) => {
  const { hearing, reasons } = endlessHearing();
  return serve({ classifiers: new Map(), hearing, ...options }).then((served) => ({ ...served, reasons }));
};

test('work that takes longer than it may is stopped, answered as such, and makes room', async () => {
  const served = await serveEndlessly({ deadline: 0.3 });
  const response = await served.send('/v1/classify', sound);
  expect(response.headers.get('retry-after')).toBeNull(); // it would take as long again
  expect(await problemOf(response, 504)).toMatchObject({
    code: 'runtime',
    what: 'the sound takes too long to hear',
    expected: 'at most 0.3 seconds of work',
  });
  expect(served.reasons).toHaveLength(1);
  expect(await served.metric('audiozoo_deadlines_total{model="endless"}')).toBe(1);
  expect(await served.metric('audiozoo_working')).toBe(0);
});

test('the time in the queue does not count', async () => {
  const served = await serveEndlessly({ deadline: 0.5 });
  const begun = performance.now();
  const statuses = [1, 2, 3].map(async () => (await served.send('/v1/classify', sound)).status);
  expect(await Promise.all(statuses)).toEqual([504, 504, 504]);
  expect(performance.now() - begun).toBeGreaterThan(1400);
});

test('a drain ends when its grace does, and says that something was cancelled', async () => {
  const served = await serveEndlessly({ grace: 0.5 });
  const answers = [1, 2, 3].map(() => served.send('/v1/classify', sound));
  await soon(async () => expect(await served.metric('audiozoo_queue_length')).toBe(2));
  const begun = performance.now();
  expect(await served.drain()).toBe(false);
  expect(performance.now() - begun).toBeGreaterThan(495);
  for (const answer of await Promise.all(answers)) {
    expect(answer.headers.get('retry-after')).toBe('1');
    expect((await problemOf(answer, 503)).what).toBe('the server is about to stop');
  }
  expect(temporary.files()).toEqual([]);
});

test('a drain with nothing to do does not wait for its grace, and says that nothing was', async () => {
  const served = await serveEndlessly({ grace: 600 });
  expect(await served.drain()).toBe(true);
});

test('the built server stops a long search at its deadline, and its thread goes on', async () => {
  const server = await startServer(['--workers', '1', '--windows', '60000', '--deadline', '1']);
  expect((await problemOf(await server.ask(300), 504)).what).toBe('the sound takes too long to hear');
  expect((await server.send('/v1/classify', sound)).status).toBe(200);
  expect(await server.metric('audiozoo_deadlines_total{model="spoken-digits"}')).toBe(1);
  expect(await server.metric('audiozoo_threads')).toBe(1);
  expect(await server.metric('audiozoo_threads_replaced_total')).toBe(0);
  expect(await server.metric('audiozoo_thread_starts_failed_total')).toBe(0);
  expect(await server.metric('audiozoo_retries_total')).toBe(0);
  expect(await server.health()).toEqual([200, 'ok']);
});

test('sound of which nothing comes for too long is refused, and who waits for its end is told', async () => {
  for (const program of ['ffmpeg', 'ffprobe']) {
    writeFileSync(join(temporary.folder(), program), '#!/bin/sh\nexec /bin/sleep 60\n', { mode: 0o755 });
  }
  vi.stubEnv('PATH', temporary.folder());
  const { signal } = new AbortController();
  const options = { maxSeconds: 600, resampleTo: 16_000, signal, stallSeconds: 0.3 };
  const stopped: Promise<unknown>[] = [];
  const onStall = (reading: Promise<unknown>) => stopped.push(reading.catch(() => 'stopped'));
  const stalling = readSound(Buffer.from(`#!AMR\n${'x'.repeat(500)}`), { ...options, onStall });
  await expect(stalling).rejects.toMatchObject({
    code: 'audio',
    what: 'the sound takes too long to decode',
    expected: 'some of it every 0.3 seconds',
  });
  expect(await Promise.all(stopped)).toEqual(['stopped']);
});
