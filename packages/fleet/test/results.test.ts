// The folder of results: what it was made with holds, and what it comes to.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readAudio } from '@audiozoo/features/audio';
import { endResults, openResults, readManifest, type WantedJob } from '@audiozoo/fleet';
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, test } from 'vitest';
import { wav16 } from '../../../testing/wav-file.js';
import { entries, resultLines, resultsFolder, runner, settings, shard, signal } from './job.js';

const labels = [{ name: 'zero' }, { name: 'one' }];
const { shardSeconds: _, ...unmeasured } = settings;
const wanted: WantedJob = { settings: unmeasured, labels, versions: { audiozoo: '0.1.0' } };
const ask = async () => 256;
const never = () => Promise.reject(new Error('asked though it is known'));

describe('openResults', () => {
  test('measures once, and goes on with what is there', async () => {
    const folder = join(await resultsFolder(), 'new');
    const made = await openResults(folder, wanted, ask);
    expect(made.settings.shardSeconds).toBe(256);
    expect(await openResults(folder, wanted, never)).toEqual(made);
    const another = { ...wanted, settings: { ...unmeasured, shardSeconds: 64 } };
    expect(await openResults(folder, another, never)).toEqual(made);
  });

  test('gives all processes that begin it at once the same', async () => {
    const folder = join(await resultsFolder(), 'new');
    const measured = [64, 128, 256, 512];
    const made = await Promise.all(
      measured.map((seconds) => openResults(folder, wanted, async () => seconds)),
    );
    const manifest = await readManifest(folder);
    expect(made).toEqual(measured.map(() => manifest));
    expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'shards']);
  });

  test('takes a model by another name, if it is the same', async () => {
    const folder = join(await resultsFolder(), 'new');
    await openResults(folder, wanted, ask);
    const model = { ...settings.model, name: '/elsewhere/spoken-digits' };
    const renamed = { ...wanted, settings: { ...unmeasured, model } };
    expect((await openResults(folder, renamed, never)).settings.model.name).toBe('spoken-digits');
  });

  test.each([
    ['model', { model: { ...settings.model, sha256: 'of another' } }, '"of it"', '"of another"'],
    ['scores', { scores: { kind: 'all' } }, '{"kind":"top","k":2}', '{"kind":"all"}'],
    ['format', { format: 'parquet' }, '"jsonl"', '"parquet"'],
    ['hop', { hop: 1 }, 'none', '1'],
  ] as const)('refuses another %s, and names it', async (name, setting, theirs, ours) => {
    const folder = join(await resultsFolder(), 'new');
    await openResults(folder, wanted, ask);
    const other = { ...wanted, settings: { ...unmeasured, ...setting } };
    await expect(openResults(folder, other, never)).rejects.toMatchObject({
      code: 'argument',
      what: expect.stringContaining(`another ${name}`),
      expected: theirs,
      got: ours,
      details: { setting: name },
    });
  });

  test('refuses a manifest of a version to come', async () => {
    const folder = await resultsFolder();
    await writeFile(join(folder, 'manifest.json'), '{ "formatVersion": 2 }');
    await expect(openResults(folder, wanted, ask)).rejects.toMatchObject({ code: 'file', got: '2' });
  });
});

test('endResults gathers failures in the order of the walk, and moves what is no part of it any more', async () => {
  const folder = await resultsFolder();
  const [first, second, gone] = ['b', 'a', 'c'].map((digit) => digit.repeat(32)) as [string, string, string];
  const heard = (id: string, seconds: number) =>
    JSON.stringify({
      id,
      source: `/${id}`,
      seconds,
      note: id === '2' ? 'ends early' : undefined,
      labels: [],
    });
  const failed = { id: 'x', source: '/x', start: 1, code: 'audio', error: 'not sound' };
  const write = (id: string, ...lines: string[]) =>
    writeFile(join(folder, 'shards', `${id}.jsonl`), lines.map((line) => `${line}\n`).join(''));
  await write(first, heard('1', 2), JSON.stringify(failed));
  await write(second, JSON.stringify({ ...failed, id: 'y', code: 'file' }), heard('2', 0.5));
  await write(gone, heard('3', 1));
  await writeFile(join(folder, 'shards', `${gone}.npy`), 'its embeddings');
  const summary = await endResults(folder, new Set([first, second]), { format: 'jsonl', signal });
  expect(summary).toEqual({
    ...{ shards: 2, clips: 2, seconds: 2.5, failed: 2, noted: 1, superseded: 1 },
    failedByCode: { audio: 1, file: 1 },
  });
  expect(JSON.parse(await readFile(join(folder, 'summary.json'), 'utf8'))).toEqual(summary);
  const failures = (await readFile(join(folder, 'failures.jsonl'), 'utf8')).trimEnd().split('\n');
  expect(failures.map((line) => JSON.parse(line))).toEqual([
    { id: 'x', source: '/x', start: 1, code: 'audio', message: 'not sound' },
    { id: 'y', source: '/x', start: 1, code: 'file', message: 'not sound' },
  ]);
  expect((await readdir(join(folder, 'superseded'))).sort()).toEqual([`${gone}.jsonl`, `${gone}.npy`]);
  expect((await readdir(join(folder, 'shards'))).sort()).toEqual([`${second}.jsonl`, `${first}.jsonl`]);
});

test.each([
  ['jsonl', 'a line that was cut', '{"id":"1","source":"/1","sec'],
  ['jsonl', 'a line of something else', '{"id":"1","source":"/1"}\n'],
  ['parquet', 'no table', 'no table at all'],
] as const)('endResults says which %s cannot be read: %s', async (format, _, text) => {
  const folder = await resultsFolder();
  const id = 'a'.repeat(32);
  await writeFile(join(folder, 'shards', `${id}.${format}`), text);
  await expect(endResults(folder, new Set([id]), { format, signal })).rejects.toMatchObject({
    code: 'file',
    what: `${join(folder, 'shards', `${id}.${format}`)} cannot be read as the results of a shard`,
    hint: expect.stringContaining('remove it'),
  });
});

async function readTable(folder: string) {
  const bytes = await readFile(join(folder, 'shards', `${'a'.repeat(32)}.parquet`));
  const file = new Uint8Array(bytes).buffer;
  return { rows: await parquetReadObjects({ file }), metadata: await parquetMetadataAsync(file) };
}

describe('a sound that was heard, although a person should know something of it', () => {
  /** A word in the second channel, of which the first is silent. */
  async function oneSided(folder: string) {
    const source = join(folder, 'one-sided.wav');
    const { samples, sampleRate } = await readAudio(entries[0]!.source);
    const values = Array.from(samples, (sample) => [0, Math.round(32_767 * sample)]).flat();
    await writeFile(source, wav16(values, { channels: 2, sampleRate }));
    return { id: 'one-sided', source };
  }
  const note = expect.stringMatching(/one-sided\.wav is silent in channel 0, .* loudest in channel 1/);

  test.each([
    ['labels', {}],
    ['labels and embeddings', { embed: 'float32' }],
    ['a batch', { batch: 4 }],
    ['windows', { hop: 0.4 }],
    ['events', { events: true }],
  ] as const)('has a note in its first line: %s', async (_, more) => {
    const folder = await resultsFolder();
    const sounds = [entries[0]!, await oneSided(folder), { id: 'missing', source: '/missing' }, entries[1]!];
    for (const format of ['jsonl', 'parquet'] as const) {
      await runner({ folder, settings: { ...settings, ...more, format } }).run(shard(sounds), { signal });
      const rows = format === 'jsonl' ? resultLines(folder) : (await readTable(folder)).rows;
      const noted = rows.filter(({ note }) => note);
      expect(noted).toEqual([expect.objectContaining({ id: 'one-sided', note })]);
      expect(noted[0]).toBe(rows.find(({ id }) => id === 'one-sided'));
      const summary = await endResults(folder, new Set(['a'.repeat(32)]), { format, signal });
      expect(summary).toMatchObject({ clips: 3, failed: 1, noted: 1 });
    }
  });

  test('has none where the channel that sounds was chosen', async () => {
    const folder = await resultsFolder();
    const given = { folder, settings: { ...settings, channel: 1 } };
    const { failed } = await runner(given).run(shard([await oneSided(folder)]), { signal });
    expect([failed, resultLines(folder)[0].note]).toEqual([0, undefined]);
  });
});

describe('Parquet', () => {
  const sounds = [entries[0]!, { id: 'missing', source: '/missing' }, entries[1]!];
  const embedding = (length: number) => expect.objectContaining({ length });

  test('holds what lines of JSON do', async () => {
    const [folder, lines] = [await resultsFolder(), await resultsFolder()];
    await runner({ folder, settings: { ...settings, format: 'parquet', embed: 'float32' } }).run(
      shard(sounds),
      {
        signal,
      },
    );
    await runner({ folder: lines, settings }).run(shard(sounds), { signal });
    const { rows } = await readTable(folder);
    const absent = { start: null, end: null, seconds: null, note: null, code: null, error: null };
    expect(rows).toEqual(
      resultLines(lines).map((line) => ({
        ...absent,
        ...line,
        embedding: line.error ? undefined : embedding(128),
      })),
    );
  });

  test.each([
    ['all scores', { scores: { kind: 'all' } }, { scores: embedding(12) }],
    ['windows', { hop: 0.4 }, { window: 0, start: 0, labels: embedding(2) }],
    [
      'events',
      { events: true },
      { events: expect.arrayContaining([expect.objectContaining({ label: 'zero', start: 0 })]) },
    ],
    ['embeddings in float16', { embed: 'float16' }, { embedding: embedding(128) }],
  ] as const)('holds %s', async (_, more, expected) => {
    const folder = await resultsFolder();
    const given = { ...settings, format: 'parquet', ...more } as const;
    const counts = await runner({ folder, settings: given }).run(shard(sounds), { signal });
    const { rows, metadata } = await readTable(folder);
    expect(rows[0]).toMatchObject({ id: 'zero', ...expected });
    const [counted] = metadata.key_value_metadata ?? [];
    expect(JSON.parse(counted!.value!)).toEqual({ clips: 2, failed: 1, noted: 0, seconds: counts.seconds });
    const again = await runner({ folder, settings: given }).run(shard(sounds), { signal });
    expect(again).toEqual({ ...counts, workSeconds: 0, wasThere: true });
  });
});
