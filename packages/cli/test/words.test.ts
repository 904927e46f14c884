// Against the numbers of transformers: see packages/clap/test/fixtures.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNpy, tensor, writeNpy } from '@audiozoo/core';
import { expect, test } from 'vitest';
import { wavFile } from '../../../testing/wav-file.js';
import { audiozoo, digitClip, digits, fixture, temporaryFolder } from './audiozoo.js';

const golden = fixture('clap/test/fixtures/clap');
const model = ['--model', join(golden, 'fused'), '--quiet'];
const speech = join(golden, 'speech_3s_48k.wav');
const chirp = join(golden, 'chirp_1s_48k.wav');
const labels = ['a dog barking', 'rain on a tin roof', 'a siren', 'speech', 'birdsong'];
const asked = labels.flatMap((label) => ['--label', label]);
const probabilities = readNpy(readFileSync(join(golden, 'fused.zero_shot_probabilities.npy')));
/** Rows: speech as if it were longer, speech, two long ones, chirp. */
const row = (place: number) => Array.from(probabilities.data.subarray(place * 5, place * 5 + 5), Number);

interface Entry {
  readonly labels: readonly { readonly label: string; readonly score: number; readonly index: number }[];
}

async function scoresFor(args: readonly string[]): Promise<number[][]> {
  const { exitCode, stdout, stderr } = await audiozoo(['classify', ...args, ...model, '--json']);
  expect([exitCode, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as Entry[]).map(({ labels: found }) => {
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => b - a));
    expect(found.map(({ label, index }) => labels[index] === label)).not.toContain(false);
    return labels.map((label) => found.find((each) => each.label === label)!.score);
  });
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  const differences = expected.map((value, index) => Math.abs(value - actual[index]!));
  expect(Math.max(...differences)).toBeLessThan(2e-4);
}

test('tells sounds by labels in words as transformers does', async () => {
  const [ofSpeech, ofChirp] = await scoresFor([speech, chirp, ...asked]);
  expectClose(ofSpeech!, row(1));
  expectClose(ofChirp!, row(4));
});

test('puts labels into the template that is given', async () => {
  const whole = labels.flatMap((label) => ['--label', `This is a sound of ${label}.`]);
  const args = ['classify', speech, ...whole, '--template', '{}', ...model, '--json'];
  const { stdout } = await audiozoo(args);
  const [{ labels: found }] = JSON.parse(stdout) as [Entry];
  expectClose(
    labels.map((_, place) => found.find(({ index }) => index === place)!.score),
    row(1),
  );
});

test('tells each window of a sound by labels in words', async () => {
  const { exitCode, stdout } = await audiozoo([
    'classify',
    speech,
    ...asked,
    ...model,
    '--aggregate',
    'none',
    '--hop',
    '2',
    '--json',
  ]);
  expect(exitCode).toBe(0);
  const [{ windows }] = JSON.parse(stdout) as [{ windows: Entry[] }];
  expect(windows.length).toBeGreaterThan(0);
  for (const { labels: told } of windows) {
    expect(told.map(({ label }) => label).sort()).toEqual([...labels].sort());
  }
});

test('refuses labels in words for a model that reads none, and says what would do', async () => {
  const args = ['classify', digitClip('0_zero'), '--model', digits, '--label', 'a dog'];
  const { exitCode, stderr } = await audiozoo(args);
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(/reads no words.*clap/);
});

test('refuses a template without a place for the label, and one without labels', async () => {
  const without = await audiozoo(['classify', speech, ...model, ...asked, '--template', 'a sound']);
  expect(without.exitCode).toBe(1);
  expect(without.stderr).toMatch(/--template.*\{\}|\{\}.*--template/s);
  const alone = await audiozoo(['classify', speech, ...model, '--template', 'a sound of {}']);
  expect(alone.exitCode).toBe(2);
});

/** Speech, three chirps, speech. */
function longSound(): string {
  const path = join(temporaryFolder(), 'long.wav');
  const parts = [speech, chirp, chirp, chirp, speech].map((path) => readFileSync(path).subarray(44));
  writeFileSync(path, wavFile(Buffer.concat(parts), { format: 'int', bits: 16, sampleRate: 48_000 }));
  return path;
}

test('hears when a sound is heard that one label describes', async () => {
  // What this model takes chirps and speech for.
  const asked = ['--label', 'a siren', '--against', 'a dog barking', '--window', '1', '--hop', '0.5'];
  const { exitCode, stdout, stderr } = await audiozoo(['events', longSound(), ...model, ...asked, '--json']);
  expect([exitCode, stderr]).toEqual([0, '']);
  // At the ends of the sound half of a window is silence, of which a model of random weights may think anything.
  const found = JSON.parse(stdout) as { start: number; end: number; score: number }[];
  const [event, ...others] = found.filter(({ start, end }) => end > 1 && start < 8);
  expect(others).toEqual([]);
  expect(event).toMatchObject({ label: 'a siren', index: 0 });
  expect(Math.abs(event!.start - 3)).toBeLessThan(0.6);
  expect(Math.abs(event!.end - 6)).toBeLessThan(0.6);
  expect(event!.score).toBeGreaterThan(0.9);
});

test('hears two described sounds at once, and refuses what they are set against without them', async () => {
  const asked = ['--label', 'a siren', '--label', 'birdsong', '--against', 'a dog barking', '--window', '1'];
  const { stdout } = await audiozoo(['events', chirp, ...model, ...asked, '--json']);
  const found = JSON.parse(stdout) as { label: string; score: number }[];
  expect(found.map(({ label }) => label)).toEqual(['a siren', 'birdsong']);
  for (const { score } of found) expect(score).toBeGreaterThan(0.9);
  const without = await audiozoo(['events', chirp, ...model, '--against', 'speech']);
  expect([without.exitCode, without.stderr]).toEqual([2, expect.stringContaining('need --label')]);
});

/** An index of speech, what cannot be heard, and a chirp. */
async function makeIndex(): Promise<string> {
  const out = join(temporaryFolder(), 'sounds.npy');
  await audiozoo(['embed', speech, 'missing.wav', chirp, ...model, '--out', out]);
  return out;
}

test('embeds lines of text as transformers does, and names them', async () => {
  const folder = temporaryFolder();
  const { cases } = JSON.parse(readFileSync(join(golden, 'cases.json'), 'utf8')) as {
    readonly cases: readonly { readonly name: string; readonly texts: readonly string[] }[];
  };
  const { texts } = cases.find(({ name }) => name === 'fused')!;
  const [lines, out] = [join(folder, 'lines.txt'), join(folder, 'texts.npy')];
  writeFileSync(lines, `${texts.join('\n')}\n`);
  const { exitCode } = await audiozoo(['embed', '--text', lines, ...model, '--out', out]);
  expect(exitCode).toBe(0);
  const { shape, data } = readNpy(readFileSync(out));
  const expected = readNpy(readFileSync(join(golden, 'fused.text_embeds.npy')));
  expect(shape).toEqual(expected.shape);
  const differences = Array.from(expected.data, Number).map((value, at) =>
    Math.abs(value - Number(data[at])),
  );
  expect(Math.max(...differences)).toBeLessThan(5e-5);
  expect(JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')).names).toEqual(texts);
});

test('finds the sound that is like one by the model of the index, and none that was not heard', async () => {
  const index = await makeIndex();
  const { exitCode, stdout } = await audiozoo(['search', '--index', index, '--like', chirp, '--json']);
  expect(exitCode).toBe(0);
  const found = JSON.parse(stdout) as { name: string; score: number; index: number }[];
  expect(found.map(({ name, index: row }) => [name, row])).toEqual([
    [chirp, 2],
    [speech, 0],
  ]);
  expect(found[0]!.score).toBeCloseTo(1, 5);
});

test('finds sounds by words, as many as are asked for', async () => {
  const args = ['--index', await makeIndex(), '--query', 'a siren', '--top-k', '1', '--json'];
  const { exitCode, stdout } = await audiozoo(['search', ...args]);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toHaveLength(1);
});

test('finds the place in a long sound, by windows that keep their times', async () => {
  const long = longSound();
  const index = join(temporaryFolder(), 'places.npy');
  const cut = ['--aggregate', 'none', '--window', '1', '--out', index];
  expect((await audiozoo(['embed', long, 'missing.wav', ...model, ...cut])).exitCode).toBe(1);
  const asked = ['search', '--index', index, '--like', chirp, '--top-k', '2', '--quiet'];
  const { stdout } = await audiozoo([...asked, '--json']);
  const [nearest] = JSON.parse(stdout);
  expect(nearest).toEqual({ name: long, start: 3, end: 4, score: expect.closeTo(1, 4), index: 3 });
  const told = await audiozoo(asked);
  expect(told.stdout).toMatch(/^\s+1\.0000 {2}.*long\.wav {2}3\.00 – 4\.00 s\n/);
});

test('tells of windows that overlap only the nearest', async () => {
  const index = join(temporaryFolder(), 'places.npy');
  const cut = ['--aggregate', 'none', '--window', '1', '--hop', '0.5', '--out', index];
  expect((await audiozoo(['embed', longSound(), ...model, ...cut])).exitCode).toBe(0);
  const asked = ['search', '--index', index, '--like', chirp, '--top-k', '100', '--json'];
  const found = JSON.parse((await audiozoo(asked)).stdout) as { start: number; end: number }[];
  expect(found[0]).toMatchObject({ start: 3, end: 4 });
  const inTime = found.toSorted((a, b) => a.start - b.start);
  expect(inTime.length).toBeGreaterThan(2);
  for (const [place, { start }] of inTime.slice(1).entries()) {
    expect(start).toBeGreaterThanOrEqual(inTime[place]!.end);
  }
});

test('gives the mean of windows length 1, as the rows of this model have', async () => {
  const out = join(temporaryFolder(), 'mean.npy');
  const { exitCode } = await audiozoo([
    'embed',
    speech,
    ...model,
    '--aggregate',
    'mean',
    '--window',
    '1',
    '--out',
    out,
  ]);
  expect(exitCode).toBe(0);
  const { shape, data } = readNpy(readFileSync(out));
  expect(shape[0]).toBe(1);
  expect(Math.hypot(...Array.from(data, Number))).toBeCloseTo(1, 5);
});

test('refuses an index without its names, with those of another, of other dimensions, and two questions', async () => {
  const folder = temporaryFolder();
  const index = join(folder, 'sounds.npy');
  const ask = (...more: string[]) =>
    audiozoo(['search', '--index', index, '--query', 'a', ...model, ...more]);
  writeFileSync(index, writeNpy(tensor('float32', [1, 2], Float32Array.of(1, 0))));
  expect(await ask()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('sounds.json') });
  for (const [json, said] of [
    ['{"names": ["a", "b"]}', 'do not go together'],
    ['{"names": ["a"], "dimensions": 3}', 'do not go together'],
    ['{"names"', 'not JSON'],
    ['{"names": ["a"], "table": "of another"}', 'do not go together'],
    ['{"names": ["a"], "times": [[0]]}', 'do not go together'],
    ['{"names": ["a"], "times": []}', 'do not go together'],
    ['{"names": ["a"]}', 'does not fit the embeddings'],
  ] as const) {
    writeFileSync(join(folder, 'sounds.json'), json);
    expect(await ask()).toMatchObject({ exitCode: 1, stderr: expect.stringContaining(said) });
  }
  expect((await ask('--like', chirp)).exitCode).toBe(2);
  expect(await ask('--start', '1')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--start is about sound'),
  });
});
