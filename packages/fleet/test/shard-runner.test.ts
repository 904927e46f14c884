// Shards in a process of their own: what ends it is found, and costs nothing but itself.

import { spawnSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readNpy, toFloat32 } from '@audiozoo/core';
import { seededRandom } from '@audiozoo/core/plugin';
import { describe, expect, test } from 'vitest';
import {
  entries,
  markedFile,
  resultLines,
  resultsFolder,
  resultText,
  runner,
  settings,
  shard,
  signal,
} from './job.js';

test('writes a line for each sound, and does no shard twice', async () => {
  const folder = await resultsFolder();
  const missing = { id: 'missing', source: join(folder, 'missing.wav') };
  const sounds = [...entries.slice(0, 2), missing, ...entries.slice(2)];
  const made = runner({ folder, settings });
  const told: number[] = [];
  const outcome = await made.run(shard(sounds), { signal, onProgress: ({ clips }) => told.push(clips) });
  expect(outcome).toMatchObject({ clips: 10, failed: 1, wasThere: false });
  expect(told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const lines = resultLines(folder);
  expect(lines.map(({ id, labels }) => labels?.[0].label ?? id)).toEqual(sounds.map(({ id }) => id));
  expect(lines[2]).toEqual({ ...missing, code: 'file', error: expect.stringContaining('missing.wav') });
  const before = resultText(folder);
  const again = await made.run(shard(sounds), { signal });
  expect(again).toEqual({ ...outcome, workSeconds: 0, wasThere: true });
  expect(resultText(folder)).toBe(before);
});

test('finds the sounds that end the process, and delivers the others', async () => {
  const folder = await resultsFolder();
  const poison = await markedFile(folder, 'kills');
  const sounds = [...entries.slice(0, 5), poison, ...entries.slice(5), { ...poison, id: 'another' }];
  const outcome = await runner({ folder, settings }).run(shard(sounds), { signal });
  expect(outcome).toMatchObject({ clips: 10, failed: 2 });
  const lines = resultLines(folder);
  expect(lines.map(({ id }) => id)).toEqual(sounds.map(({ id }) => id));
  const error = 'the process was ended by SIGKILL while it heard this';
  expect(lines.filter(({ error }) => error)).toEqual([
    { ...poison, code: 'runtime', error },
    { ...poison, id: 'another', code: 'runtime', error },
  ]);
});

test('ends a process that makes no progress', async () => {
  const folder = await resultsFolder();
  const poison = await markedFile(folder, 'hangs');
  const outcome = await runner({ folder, settings }, 2).run(shard([poison, entries[7]!]), { signal });
  expect(outcome).toMatchObject({ clips: 1, failed: 1 });
  expect(resultLines(folder)).toMatchObject([
    { error: 'the process was ended after 2 seconds without progress while it heard this' },
    { labels: [{ label: 'seven' }, {}] },
  ]);
});

test('tells each sound before it is tried, where somebody asks, and leaves out what is known', async () => {
  const folder = await resultsFolder();
  const poison = await markedFile(folder, 'kills');
  const tried: (number | undefined)[] = [];
  await runner({ folder, settings }).run(shard([entries[0]!, poison, entries[1]!]), {
    signal,
    causes: { 1: 'it ended another process' },
    onTry: async (place) => void tried.push(place),
  });
  expect(tried).toEqual([0, 2, undefined]);
  expect(resultLines(folder)[1]).toMatchObject({ id: 'kills', error: 'it ended another process' });
});

/** The processes that a process has begun. */
function childrenOf(pid: number): number[] {
  const { stdout } = spawnSync('ps', ['-o', 'pid=,args=', '--ppid', `${pid}`], { encoding: 'utf8' });
  const lines = stdout.split('\n').filter((line) => line.includes('shard-process.mjs'));
  return lines.map((line) => Number.parseInt(line, 10));
}

describe.skipIf(spawnSync('ps', ['--version']).status !== 0)('the process (needs `ps`)', () => {
  test('is gone when it has said that it cannot get ready', async () => {
    const folder = await resultsFolder();
    const running = runner({ folder, settings, isUnfit: true }).run(shard(entries), { signal });
    await expect(running).rejects.toMatchObject({ code: 'model', what: 'the model is another' });
    expect(childrenOf(process.pid)).toEqual([]);
  });

  test('killed from outside, writes what it would have written', async () => {
    const sounds = Array.from({ length: 20 }, (_, copy) =>
      entries.map((entry) => ({ ...entry, id: `${entry.id} ${copy}` })),
    ).flat();
    const folder = await resultsFolder();
    await runner({ folder, settings }).run(shard(sounds), { signal });
    const other = await resultsFolder();
    const { uniform } = seededRandom(7, [0, 0, 0]);
    let kills = 0;
    const running = runner({ folder: other, settings })
      .run(shard(sounds), { signal })
      .finally(() => (kills = 3));
    while (kills < 3) {
      await sleep(4000 * uniform());
      for (const pid of kills < 3 ? childrenOf(process.pid) : []) {
        process.kill(pid, 'SIGKILL');
        kills++;
      }
    }
    await running;
    expect(resultText(other)).toBe(resultText(folder));
    expect(await readdir(join(other, 'shards'))).toHaveLength(1);
  });
});

test('says what is wrong where no process gets ready', async () => {
  const folder = await resultsFolder();
  const running = runner({ folder, settings, isBroken: true }).run(shard(entries), { signal });
  await expect(running).rejects.toMatchObject({
    code: 'runtime',
    message: /ends before it is ready.*exit code 7/,
    details: { isReady: false },
  });
});

test.each([{}, { hop: 0.4 }, { events: true }])(
  'blames no sound where the model hears nothing any more: %o',
  async (more) => {
    const folder = await resultsFolder();
    const given = { folder, settings: { ...settings, ...more }, isLost: true };
    const running = runner(given).run(shard(entries), { signal });
    await expect(running).rejects.toMatchObject({ code: 'runtime', what: 'the device is lost' });
    expect(await readdir(join(folder, 'shards'))).toEqual([]);
  },
);

test('stops at once, and leaves nothing half-written', async () => {
  const folder = await resultsFolder();
  const stopping = new AbortController();
  const running = runner({ folder, settings }).run(shard(entries), {
    signal: stopping.signal,
    onProgress: () => stopping.abort(),
  });
  await expect(running).rejects.toThrow(/aborted/);
  expect(await readdir(join(folder, 'shards'))).toEqual([]);
});

test('tells the same of a sound whatever lies beside it, and with as many threads as there are', async () => {
  const whole = await resultsFolder();
  await runner({ folder: whole, settings }).run(shard(entries), { signal });
  const cut = await resultsFolder();
  const made = runner({ folder: cut, settings, threads: 2 });
  const ids = ['1', '2', '3'].map((digit) => digit.repeat(32));
  for (const [place, id] of ids.entries()) {
    await made.run(shard(entries.slice(4 * place, 4 * place + 4), id), { signal });
  }
  expect(ids.map((id) => resultText(cut, id)).join('')).toBe(resultText(whole));
});

test('writes embeddings beside lines of JSON, a row for each', async () => {
  const folder = await resultsFolder();
  const sounds = [entries[0]!, { id: 'missing', source: '/missing' }, entries[1]!];
  await runner({ folder, settings: { ...settings, embed: 'float16' } }).run(shard(sounds), { signal });
  const bytes = await readFile(join(folder, 'shards', `${'a'.repeat(32)}.npy`));
  const table = readNpy(bytes);
  expect([table.dtype, table.shape]).toEqual(['float16', [3, 128]]);
  const values = toFloat32(table);
  const rows = [0, 1, 2].map((row) => values.slice(row * 128, row * 128 + 128));
  expect(rows.map((row) => row.every(Number.isFinite))).toEqual([true, false, true]);
  expect(rows[1]!.every(Number.isNaN)).toBe(true);
});
