// Models that are given sound itself: the same answers as from features.

import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ast } from '@audiozoo/ast';
import { onnxruntimeNode } from '@audiozoo/backend-node';
import { directorySink, quantizeModel } from '@audiozoo/converters';
import { openFiles } from '@audiozoo/core/files';
import { randomTensor } from '@audiozoo/core/testing';
import {
  type AudioPieces,
  classifyWindows,
  type LoadClassifierOptions,
  type LocalClassifier,
  listen,
  loadClassifier,
} from '@audiozoo/tasks';
import { afterAll, describe, expect, onTestFinished, test } from 'vitest';

/** Between features that were computed in float64 and in float32. */
const logitTolerance = 1e-3;
/** The same where weights and inputs round to int8, now and then to another step. */
const int8Tolerance = 5e-2;
const scoreTolerance = 1e-3;

const directory = join(import.meta.dirname, '../../../models/spoken-digits'); // hears 1.3 seconds
const clips = join(directory, 'clips');
const recording = { samples: randomTensor([60_000], 1, 0.1).data, sampleRate: 16_000 };
const sound = (samples: number, seed = 1) => ({
  samples: randomTensor([samples], seed, 0.1).data,
  sampleRate: 16_000,
});

/** The same model over features and over sound. */
async function both(
  options: Partial<LoadClassifierOptions> = {},
  from = directory,
): Promise<[features: LocalClassifier, waveform: LocalClassifier]> {
  const common = { models: [ast], backend: onnxruntimeNode({ device: 'cpu' }), ...options };
  const features = await loadClassifier(from, common);
  const waveform = await loadClassifier(from, { ...common, input: 'waveform' });
  onTestFinished(async () => {
    await Promise.all([features.dispose(), waveform.dispose()]);
  });
  return [features, waveform];
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);
}

async function all<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('a classifier of sound itself', () => {
  test('has the logits, labels and embeddings of the one over features, on the bundled clips', async () => {
    const [features, waveform] = await both();
    const files = (await readdir(clips)).map((file) => join(clips, file));
    expect(files).toHaveLength(11);
    for (const file of files) {
      const [expected, actual] = [await features.logits([file]), await waveform.logits([file])];
      expect(largestDifference(actual.data, expected.data)).toBeLessThan(logitTolerance);
      const [best] = await waveform.classify(file, { topK: 1 });
      expect(best!.label).toBe((await features.classify(file, { topK: 1 }))[0]!.label);
    }
    const [expected, actual] = [await features.embed(files[0]!), await waveform.embed(files[0]!)];
    expect(largestDifference(actual, expected)).toBeLessThan(logitTolerance);
  });

  test('hears clips of different lengths in one batch, from the shortest to the longest', async () => {
    const [features, waveform] = await both();
    const { minSamples, maxSamples } = features.frontEnd;
    expect(waveform.frontEnd).toMatchObject({ minSamples, maxSamples });
    const lengths = [minSamples, minSamples + 159, minSamples + 160, 8000, maxSamples - 1, maxSamples];
    const batch = lengths.map((length, seed) => sound(length, seed));
    const [expected, actual] = [await features.logits(batch), await waveform.logits(batch)];
    expect(actual.shape).toEqual([lengths.length, 12]);
    expect(largestDifference(actual.data, expected.data)).toBeLessThan(logitTolerance);
  });

  test('resamples sound of another rate, and shows the same features', async () => {
    const [features, waveform] = await both();
    const other = { ...sound(22_000), sampleRate: 22_050 };
    const [expected, actual] = [await features.logits([other]), await waveform.logits([other])];
    expect(largestDifference(actual.data, expected.data)).toBeLessThan(logitTolerance);
    expect(await waveform.features(other)).toEqual(await features.features(other));
  });

  test.each([
    ['less than a frame', sound(399)],
    ['more than the window', sound(21_000)],
    ['what is not finite', { ...sound(8000), samples: new Float32Array(8000).fill(Number.NaN) }],
  ])('refuses %s as the other does', async (_, refused) => {
    const [features, waveform] = await both();
    const errorOf = (classifier: LocalClassifier) =>
      classifier.classify(refused).then(
        () => 'none',
        (error: unknown) => String(error),
      );
    expect(await errorOf(waveform)).toBe(await errorOf(features));
    expect(await errorOf(waveform)).not.toBe('none');
  });

  test.each([{ size: { frames: 64 } }, { autoLength: true }, { size: { melBins: 64 } }] as const)(
    'takes another size: %j',
    async (size) => {
      const [features, waveform] = await both(size);
      const clip = sound(8000);
      const [expected, actual] = [await features.logits([clip]), await waveform.logits([clip])];
      expect(largestDifference(actual.data, expected.data)).toBeLessThan(logitTolerance);
    },
  );

  test('computes outputs on request', async () => {
    const [features, waveform] = await both({ outputs: ['rollout'] });
    const [expected, actual] = [
      await features.outputs(sound(8000), ['rollout']),
      await waveform.outputs(sound(8000), ['rollout']),
    ];
    expect(largestDifference(actual.rollout!.data, expected.rollout!.data)).toBeLessThan(logitTolerance);
  });

  test('hears recordings window by window', async () => {
    const [features, waveform] = await both();
    const options = { hop: 0.7, centered: true, batch: 3 };
    const expected = await all(classifyWindows(features, recording, options));
    const actual = await all(classifyWindows(waveform, recording, options));
    expect(actual.map(({ start, end }) => [start, end])).toEqual(
      expected.map(({ start, end }) => [start, end]),
    );
    actual.forEach(({ scores }, index) => {
      expect(largestDifference(scores, expected[index]!.scores)).toBeLessThan(scoreTolerance);
    });
  });

  test('listens', async () => {
    const [features, waveform] = await both();
    const pieces: AudioPieces = {
      sampleRate: recording.sampleRate,
      async *[Symbol.asyncIterator]() {
        for (let start = 0; start < recording.samples.length; start += 7000) {
          yield recording.samples.subarray(start, start + 7000);
        }
      },
    };
    const heard = async (classifier: LocalClassifier) =>
      (await all(listen(classifier, pieces, { hop: 0.5 }))).map(({ time, labels }) => ({
        time,
        ...labels[0]!,
      }));
    const [expected, actual] = [await heard(features), await heard(waveform)];
    expect(actual.map(({ time, index }) => [time, index])).toEqual(
      expected.map(({ time, index }) => [time, index]),
    );
    expect(actual.length).toBeGreaterThan(3);
    actual.forEach(({ score }, index) => {
      expect(Math.abs(score - expected[index]!.score)).toBeLessThan(scoreTolerance);
    });
  });
});

describe('int8 weights', () => {
  const folders: string[] = [];
  afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true }))));

  test('hear sound itself as they hear features', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audiozoo-waveform-'));
    folders.push(folder);
    const int8 = join(folder, 'int8');
    const output = directorySink(int8);
    await quantizeModel(await openFiles(directory), { models: [ast], output, dtype: 'int8' });
    const [features, waveform] = await both({}, int8);
    const clip = join(clips, '7_seven.wav');
    const [expected, actual] = [await features.logits([clip]), await waveform.logits([clip])];
    expect(largestDifference(actual.data, expected.data)).toBeLessThan(int8Tolerance);
  });
});

describe('an input that a model does not take', () => {
  const load = (input: string, model = ast) =>
    loadClassifier(directory, {
      models: [model],
      backend: onnxruntimeNode({ device: 'cpu' }),
      input: input as 'waveform',
    });

  test('is refused: sound, by a model that takes features only', async () => {
    const { waveform: _, ...deaf } = ast;
    await expect(load('waveform', deaf)).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/expected features, got "waveform"/),
    });
  });

  test('is refused: one that nobody knows', async () => {
    await expect(load('spectrogram')).rejects.toMatchObject({
      code: 'argument',
      message: expect.stringMatching(/expected features or waveform, got "spectrogram"/),
    });
  });
});
