// Against the numbers of CED's authors: see packages/ced/test/fixtures.

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readNpy, siteUrl } from '@audiozoo/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wavFile } from '../../../testing/wav-file.js';
import { audiozoo, fixture, temporaryFolder } from './audiozoo.js';

const golden = fixture('ced/test/fixtures/ced');
const folder = mkdtempSync(join(tmpdir(), 'audiozoo-embed-'));
const model = ['--model', join(folder, 'toy'), '--quiet'];
const speech = join(golden, 'speech_3s.wav');
const impulse = join(golden, 'impulse_1s.wav');
const read = (path: string) => readNpy(readFileSync(path));
/** A row of a golden array whose rows are speech, chirp, impulse, … */
const row = (name: string, place: number, { data, shape } = read(join(golden, name))) => {
  return Array.from(data.subarray(place * shape[1]!, (place + 1) * shape[1]!), Number);
};

beforeAll(async () => {
  const { exitCode } = await audiozoo(['convert', join(golden, 'toy.pt'), '--out', join(folder, 'toy')]);
  expect(exitCode).toBe(0);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function expectClose(
  actual: ArrayLike<number | bigint>,
  expected: readonly number[],
  tolerance: number,
): void {
  expect(actual.length).toBe(expected.length);
  const differences = expected.map((value, index) => Math.abs(value - Number(actual[index])));
  expect(Math.max(...differences)).toBeLessThan(tolerance);
}

test('embeds files as rows with their names beside them, and NaN where one cannot be heard', async () => {
  const out = join(temporaryFolder(), 'sounds.npy');
  const files = [speech, 'missing.wav', impulse];
  const { exitCode, stdout, stderr } = await audiozoo(['embed', ...files, ...model, '--out', out, '--json']);
  expect(exitCode).toBe(1);
  expect(stderr).toContain('missing.wav');
  const { dtype, shape, data } = read(out);
  expect([dtype, shape]).toEqual(['float32', [3, 128]]);
  expectClose(data.subarray(0, 128), row('toy.embedding.npy', 0), 1e-5);
  expect(Array.from(data.subarray(128, 256), Number).every(Number.isNaN)).toBe(true);
  expectClose(data.subarray(256), row('toy.embedding.npy', 2), 1e-5);
  const table = createHash('sha256').update(readFileSync(out)).digest('hex');
  const index = { names: files, model: model[1], dimensions: 128, table };
  expect(JSON.parse(readFileSync(out.replace('.npy', '.json'), 'utf8'))).toEqual(index);
  expect(JSON.parse(stdout)).toMatchObject({ ...index, shape: [3, 128], errors: [{ file: 'missing.wav' }] });
});

/** Speech, then an impulse, repeated past the ten seconds that the model takes. */
function longSound(): string {
  const samples = [speech, impulse].map((path) => readFileSync(path).subarray(44));
  const path = join(temporaryFolder(), 'long.wav');
  const data = Buffer.concat(Array.from({ length: 4 }, () => samples).flat());
  writeFileSync(path, wavFile(data, { format: 'int', bits: 16, sampleRate: 16_000 }));
  return path;
}

test('embeds sound that is longer than the model takes as the mean of its windows, and says so', async () => {
  const long = longSound();
  const [out, rows] = [join(temporaryFolder(), 'mean.npy'), join(temporaryFolder(), 'windows.npy')];
  const { exitCode, stderr } = await audiozoo(['embed', long, speech, ...model, '--out', out]);
  expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/^warning: .*long\.wav.*mean of windows\n$/)]);
  const { shape, data } = read(out);
  expect(shape).toEqual([2, 128]);
  expectClose(data.subarray(128), row('toy.embedding.npy', 0), 1e-5);

  const windows = await audiozoo(['embed', long, ...model, '--out', rows, '--aggregate', 'none']);
  expect([windows.exitCode, windows.stderr]).toEqual([0, '']);
  const each = read(rows);
  const { names, times } = JSON.parse(readFileSync(rows.replace('.npy', '.json'), 'utf8'));
  expect([each.shape[0], names]).toEqual([2, [long, long]]);
  expect(times).toEqual([
    [0, 10],
    [10, 16],
  ]);
  const [first, second] = times.map(([start, end]: [number, number]) => (end - start) / 16);
  const mean = row('', 0, each).map((value, at) => first * value + second * row('', 1, each)[at]!);
  expectClose(data.subarray(0, 128), mean, 1e-5);
});

test('refuses windows where nobody asks for them, and of words', async () => {
  const out = ['--out', join(temporaryFolder(), 'out.npy')];
  const alone = await audiozoo(['embed', speech, ...model, ...out, '--window', '2']);
  expect([alone.exitCode, alone.stderr]).toEqual([2, expect.stringContaining('--window needs --aggregate')]);
  const words = await audiozoo(['embed', '--text', 'lines.txt', ...model, ...out, '--aggregate', 'none']);
  expect([words.exitCode, words.stderr]).toEqual([2, expect.stringContaining('--aggregate is about sound')]);
});

test('offers for too long a sound what the command has', async () => {
  const out = ['--name', 'tokens', '--out', join(temporaryFolder(), 'out.npy')];
  const { exitCode, stderr } = await audiozoo(['outputs', longSound(), ...model, ...out]);
  expect([exitCode, stderr]).toEqual([1, expect.stringMatching(/longer than.*--start.*--duration/)]);
  expect(stderr).not.toMatch(/aggregate|window by window/);
  const classified = await audiozoo(['classify', longSound(), ...model]);
  expect(classified.stderr).toMatch(/window by window with --aggregate/);
});

test('writes nothing when no file can be heard', async () => {
  const out = join(temporaryFolder(), 'sounds.npy');
  const { exitCode } = await audiozoo(['embed', 'missing.wav', ...model, '--out', out]);
  expect([exitCode, existsSync(out)]).toEqual([1, false]);
});

test('says once where errors of a kind are explained, also of the one that ends it', async () => {
  const out = join(temporaryFolder(), 'sounds.npy');
  const file = join(golden, 'toy.pt'); // no sound
  const { stderr } = await audiozoo(['embed', file, file, ...model, '--out', out]);
  expect(stderr.trimEnd().split('\n')).toEqual([
    expect.stringContaining(`error: ${file}: `),
    `(${siteUrl}errors#audio explains)`,
    expect.stringContaining(`error: ${file}: `),
    expect.stringContaining(`error: ${out} is not written`),
  ]);
});

test('refuses to write an array where the names would go', async () => {
  const out = join(temporaryFolder(), 'sounds.json');
  const { exitCode, stderr } = await audiozoo(['embed', speech, ...model, '--out', out]);
  expect(exitCode).toBe(2);
  expect(stderr).toContain('.npy');
});

test('writes logits of files as rows', async () => {
  const out = join(temporaryFolder(), 'logits.npy');
  const { exitCode } = await audiozoo(['classify', speech, impulse, ...model, '--logits', out]);
  expect(exitCode).toBe(0);
  const { shape, data } = read(out);
  expect(shape).toEqual([2, 527]);
  expectClose(data.subarray(0, 527), row('toy.logits.npy', 0), 1e-4);
  expectClose(data.subarray(527), row('toy.logits.npy', 2), 1e-4);
});

test('writes an output that is built on request, without the batch', async () => {
  const out = join(temporaryFolder(), 'tokens.npy');
  const { exitCode } = await audiozoo(['outputs', speech, ...model, '--name', 'tokens', '--out', out]);
  expect(exitCode).toBe(0);
  const { shape, data } = read(out);
  expect(shape).toEqual([72, 128]);
  expectClose(data, Array.from(read(join(golden, 'toy.speech_3s.norm.npy')).data, Number), 1e-4);
});

test('names the outputs there are when asked for another', async () => {
  const out = join(temporaryFolder(), 'none.npy');
  const { exitCode, stderr } = await audiozoo(['outputs', speech, ...model, '--name', 'none', '--out', out]);
  expect([exitCode, existsSync(out)]).toEqual([1, false]);
  expect(stderr).toContain('"hidden.0"');
});
